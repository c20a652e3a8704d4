"""What a name looks like in every figure and on the page: a colour, dashes and a marker that belong to it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple


class Mark(NamedTuple):
    """What the line of a name looks like.

    Attributes
    ----------
    place
        Which of the page's colours it has, 0 to 7: ``--c<place>`` in look.css.
    colour
        The same on white paper, ``#rrggbb``.
    dashes
        Length of each stroke and gap, as a number of widths of the line; empty: a line without gaps.
    marker
        The marker's name in Matplotlib.
    """

    place: int
    colour: str
    dashes: tuple[float, ...]
    marker: str


#: After Okabe and Ito (2008), darker where a line on white needs it. Colours that the colour-blind, or a grey print,
#: show alike are told apart by dashes and markers, which every name has from the first on.
COLOURS = ("#0072b2", "#d55e00", "#008a63", "#b5508c", "#9a6700", "#2b9bd6", "#6f5bb5", "#3d444b")
DASHES = (
    (),
    (5.0, 1.8),
    (1.2, 1.4),
    (6.0, 1.6, 1.2, 1.6),
    (6.0, 1.4, 1.2, 1.4, 1.2, 1.4),
    (3.0, 1.3),
    (9.0, 2.2),
    (0.9, 2.6),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """The mark of each of some names.

    A name has a place of its own, by which it looks the same among any others. Only where the places of two meet, the
    one that comes later in the order of letters takes the next that is free: so give all names of a sweep, not those
    alone that one figure shows.

    Parameters
    ----------
    names
        In any order; the mark of a name does not depend on it.
    """
    ordered = sorted({*names})
    found: dict[str, Mark] = {}
    for first in range(0, len(ordered), len(COLOURS)):
        found |= _round(ordered[first : first + len(COLOURS)], first // len(COLOURS))
    return found


def _round(names: list[str], turn: int) -> dict[str, Mark]:
    """The marks of at most as many names as there are colours; in a later turn these have other dashes and markers."""
    places: dict[int, str] = {}
    for name in names:
        places.setdefault(_own(name), name)
    for name in names:
        if places[_own(name)] != name:
            free = (_own(name) + step for step in range(len(COLOURS)))
            places[next(at % len(COLOURS) for at in free if at % len(COLOURS) not in places)] = name
    return {name: _mark(place, (place + 3 * turn) % len(DASHES)) for place, name in places.items()}


def _own(name: str) -> int:
    return zlib.crc32(name.encode()) % len(COLOURS)


def _mark(place: int, beside: int) -> Mark:
    return Mark(place, COLOURS[place], DASHES[beside], MARKERS[beside])

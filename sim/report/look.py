"""The mark of a name on the page: classes of the style sheet, and the shape of its marker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sim.report.mark import DASHES, Mark, marks

#: Width of a line in a chart and in its legend (units of the drawing), of which dashes are multiples.
WIDTH = 2.2
#: The outline of each marker, from its middle on (units of the drawing).
_SHAPES = {
    "o": "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
    "s": "m-3.3-3.3h6.6v6.6h-6.6z",
    "^": "m0-4.3l4.2 7.4h-8.4z",
    "D": "m0-4.6l4.6 4.6l-4.6 4.6l-4.6-4.6z",
    "v": "m0 4.3l4.2-7.4h-8.4z",
    "P": "m-1.4-4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z",
    "X": "m0-1.9l2.3-2.3l1.9 1.9l-2.3 2.3l2.3 2.3l-1.9 1.9l-2.3-2.3l-2.3 2.3l-1.9-1.9l2.3-2.3l-2.3-2.3l1.9-1.9z",
    "p": "m0-4.3l4.1 3l-1.6 4.8h-5l-1.6-4.8z",
}


class Look(NamedTuple):
    """What a line looks like.

    Attributes
    ----------
    style
        Its classes, which give colour and dashes.
    place
        Where along a line its first marker stands, 0 to 1 of the way to the second: those of two lines seldom meet.
    shape
        The outline of its marker from the middle on; empty: it has none.
    """

    style: str
    place: float
    shape: str

    def marker(self, x: float, y: float) -> str:
        """Its marker at a place of a drawing; "" where it has none."""
        return f'<path class="mark" d="M{x:.1f} {y:.1f}{self.shape}"></path>' if self.shape else ""

    def key(self) -> str:
        """A piece of the line, as a legend shows it."""
        return (
            f'<svg class="key {self.style}" viewBox="0 0 34 12" aria-hidden="true">'
            f'<line x1="1" x2="33" y1="6" y2="6"></line>{self.marker(17, 6)}</svg>'
        )


#: Of what is more than colours can tell apart.
OTHER = Look("other", 0.0, "")


def looks(names: Iterable[str]) -> dict[str, Look]:
    """The look of each of some names, by :func:`sim.report.mark.marks`; give all that a page shows."""
    return {name: _look(mark) for name, mark in marks(names).items()}


def dashes_css() -> str:
    """The classes of the dashes, as a style sheet."""
    return "\n".join(
        f".d{place} {{ --dash: {' '.join(f'{WIDTH * length:.3g}' for length in dashes)}; }}"
        for place, dashes in enumerate(DASHES)
        if dashes
    )


def _look(mark: Mark) -> Look:
    return Look(f"s{mark.place} d{DASHES.index(mark.dashes)}", mark.place / len(DASHES), _SHAPES[mark.marker])

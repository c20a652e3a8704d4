"""Where names stand in a figure that is as wide as its page, so that none covers another, nor a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Of a label's letters (pixels): how wide one is, how far they reach above the line that they stand on, and below.
LETTER, ABOVE, BELOW = 7.4, 11.0, 4.0
#: Half of a mark, with a little air (pixels).
_MARK = 8.0
#: How far a name may reach beyond the frame at the left and at the right (pixels).
_OVER = 6.0
#: Where a name may stand beside its mark, the best first: its anchor, and the shift of its end (pixels). Below and to
#: the left of a front there is nobody; along the whiskers it is read worst.
_SPOTS = (
    ("end", -9.0, 18.0),
    ("start", 9.0, -9.0),
    ("end", -9.0, -9.0),
    ("start", 9.0, 18.0),
    ("start", 9.0, 33.0),
    ("end", -9.0, 33.0),
    ("start", 11.0, 4.5),
    ("end", -11.0, 4.5),
    ("middle", 0.0, 22.0),
    ("middle", 0.0, -12.0),
)


class Place(NamedTuple):
    """A rectangle that keeps its size when the figure grows.

    Attributes
    ----------
    across
        Where it hangs, 0 to 1 of the figure's width.
    left, right
        From there (pixels).
    top, bottom
        From the top of the figure (pixels).
    """

    across: float
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Place, width: float) -> bool:
        """Whether the two cover each other in a figure of this width (pixels)."""
        apart = (self.across - other.across) * width
        return (
            self.left + apart < other.right
            and other.left < self.right + apart
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Label(NamedTuple):
    """A name beside its mark.

    Attributes
    ----------
    words
        What is written.
    anchor
        The end that it hangs on: SVG's ``text-anchor``.
    shift
        Of that end from the mark, to the right and down (pixels).
    """

    words: str
    anchor: str
    shift: tuple[float, float]


def mark_at(across: float, down: float) -> Place:
    """What a mark covers.

    Parameters
    ----------
    across
        Where it is, 0 to 1 of the figure's width.
    down
        From the top of the figure (pixels).
    """
    return Place(across, -_MARK, down - _MARK, _MARK, down + _MARK)


def written(words: str, anchor: str, across: float, shift: float, down: float) -> Place:
    """What words cover.

    Parameters
    ----------
    words
        What is written.
    anchor
        The end that they hang on.
    across
        Where that is, 0 to 1 of the figure's width.
    shift
        From there to the right (pixels).
    down
        The line that they stand on, from the top of the figure (pixels).
    """
    long = LETTER * len(words)
    left = shift - {"start": 0.0, "middle": long / 2, "end": long}[anchor]
    return Place(across, left, down - ABOVE, left + long, down + BELOW)


def place_labels(
    wanted: Sequence[tuple[Place, Sequence[str]]],
    taken: Sequence[Place],
    faint: Sequence[Place],
    widths: Sequence[float],
    height: float,
) -> list[Label | None]:
    """A place for each name where there is one: the first is always named, the others where there is room.

    Parameters
    ----------
    wanted
        The mark of each, and its names, the best first; the most important first.
    taken
        What no name may cover.
    faint
        What a name rather covers than be left out.
    widths
        Of the figure (pixels): a name stands in all of these.
    height
        Of the figure (pixels).
    """
    found: list[Label | None] = []
    full = list(taken)
    for mark, names in wanted:
        spots = list(_inside(mark, names, widths, height))
        free = [(label, at) for label, at in spots if not _covers(at, full, widths)]
        clear = [(label, at) for label, at in free if not _covers(at, faint, widths)]
        # The first is named in any case: over what is least important, or at its first spot.
        label, at = next(iter(clear or free or ([] if found else spots)), (None, None))
        found.append(label)
        full += [at] if at is not None else []
    return found


def _inside(mark: Place, names: Sequence[str], widths: Sequence[float], height: float) -> Iterator[tuple[Label, Place]]:
    down = (mark.top + mark.bottom) / 2
    for words in names:
        for anchor, right, below in _SPOTS:
            at = written(words, anchor, mark.across, right, down + below)
            inside = all(
                mark.across * width + at.left >= -_OVER and mark.across * width + at.right <= width + _OVER
                for width in widths
            )
            if inside and at.top >= 0.0 and at.bottom <= height:
                yield Label(words, anchor, (right, below)), at


def _covers(at: Place, others: Sequence[Place], widths: Sequence[float]) -> bool:
    return any(at.meets(other, width) for other in others for width in widths)

"""Where the nodes of a network are drawn, and which way its links run."""

from __future__ import annotations

from dataclasses import dataclass

#: Width of a letter of a label, roughly.
LETTER = 7.4
#: Diameter of a host's dot.
DOT = 10.0


@dataclass(frozen=True)
class Label:
    """Where a node's name stands."""

    x: float
    y: float  # of the middle of its letters
    anchor: str = "middle"  # SVG's text-anchor
    turn: float = 0.0  # degrees, clockwise


@dataclass(frozen=True)
class Spot:
    """Where a node is drawn: a bar, a square or a dot, `height` high and `width` wide."""

    x: float
    y: float
    width: float
    height: float
    label: Label | None = None  # None: no room for it


@dataclass(frozen=True)
class Course:
    """The way of a link: straight, or bulging to the left of its direction by `rise`."""

    x1: float
    y1: float
    x2: float
    y2: float
    rise: float = 0.0


@dataclass
class Layout:
    """A network laid out."""

    width: float
    height: float
    spots: dict[str, Spot]
    courses: dict[tuple[str, str], Course]  # by the link's ends, as in `Wires.pairs`
    spread: float  # from a line's middle to that of its other direction's, half of it

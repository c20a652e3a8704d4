"""The marks of kinds of machines: each has a shape and a colour of its own, so that a figure reads in grey, too."""

from __future__ import annotations

#: Of about 6 px around the origin.
_SHAPES = (
    "M-5.2 0a5.2 5.2 0 1 0 10.4 0a5.2 5.2 0 1 0-10.4 0z",
    "M-4.6-4.6h9.2v9.2h-9.2z",
    "M0-6.2L5.8 4.2H-5.8z",
    "M0-6.6L6.6 0 0 6.6-6.6 0z",
    "M-1.9-5.8h3.8v3.9h3.9v3.8h-3.9v3.9h-3.8v-3.9h-3.9v-3.8h3.9z",
    "M0 6.2L5.8-4.2H-5.8z",
    "M-5-5.4h10l-10 10.8h10z",
    "M-3.2-5.6h6.4l3.2 5.6-3.2 5.6h-6.4l-3.2-5.6z",
)
_COLOURS = 8


def style(place: int) -> str:
    """The class that has the colour of the kind at a place (index), as in look.css."""
    return f"s{(place + place // len(_SHAPES)) % _COLOURS}"


def shape(place: int) -> str:
    """The shape of the kind at a place (index), as SVG around the origin; a second round of kinds has a dot inside."""
    dot = '<circle r="1.6"></circle>' if place // len(_SHAPES) % 2 else ""
    return f'<path d="{_SHAPES[place % len(_SHAPES)]}"></path>{dot}'


def sign(place: int, more: str = "") -> str:
    """The mark as a picture of its own, for a legend or beside a name."""
    return f'<svg class="sign {style(place)}{more}" viewBox="-9 -9 18 18" aria-hidden="true">{shape(place)}</svg>'

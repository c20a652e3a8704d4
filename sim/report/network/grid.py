"""Hosts in rows and columns."""

from __future__ import annotations

from sim.report.network.layout import DOT, Course, Label, Layout, Spot
from sim.report.network.wires import Wires

_NARROW, _WIDE, _TALL = 520.0, 1120.0, 760.0
_MOST, _LEAST = 84.0, 12.0  # between two hosts


def columns_of(wires: Wires) -> int | None:
    """In how many columns every link lies in a row or in a column, hosts counted row by row; None where in no grid.

    So it is in every Cartesian product of two networks that is numbered as tori and hypercubes are. Of several such
    grids it is the squarest, and rather wide than high.
    """
    place = {node: number for number, node in enumerate(wires.hosts)}
    pairs = [(place[one], place[other]) for one, other in wires.pairs]
    total = len(place)
    shapes = [(columns, total // columns) for columns in range(2, total // 2 + 1) if total % columns == 0]
    for columns, _ in sorted(shapes, key=lambda shape: (abs(shape[0] - shape[1]), -shape[0])):
        if all(one // columns == other // columns or one % columns == other % columns for one, other in pairs):
            return columns
    return None


def grid(wires: Wires, columns: int) -> Layout:
    """Lay out hosts in rows; a link that passes over others bulges."""
    rows = len(wires.hosts) // columns
    step = max(_LEAST, min(_MOST, _WIDE / (columns + 0.4), _TALL / (rows + 0.4)))
    width = max(_NARROW, (columns + 0.4) * step)
    left, top = (width - (columns - 1) * step) / 2, 0.7 * step
    place = {node: number for number, node in enumerate(wires.hosts)}
    large = step >= 40.0
    dot = 24.0 if large else min(DOT, 0.36 * step)
    spots = {}
    for node, number in place.items():
        x, y = left + number % columns * step, top + number // columns * step
        spots[node] = Spot(x, y, dot, dot, Label(x, y) if large else None)
    courses = {}
    for one, other in wires.pairs:
        a, b = spots[one], spots[other]
        # The further a link goes the higher it bulges, so that those of one row lie apart.
        over = (abs(a.x - b.x) + abs(a.y - b.y)) / step
        rise = 0.0 if over < 1.5 else step * (0.18 + 0.22 * over / max(columns, rows))
        courses[one, other] = Course(a.x, a.y, b.x, b.y, rise)
    return Layout(width, (rows + 0.4) * step, spots, courses, min(2.2, 0.09 * step))

"""Switches, or hosts that are linked to each other, on a circle; outside it the hosts that hang on one of them."""

from __future__ import annotations

import math

from sim.report.network.layout import DOT, LETTER, Course, Label, Layout, Spot
from sim.report.network.wires import Wires

_NARROW = 520.0
_APART, _HANGING = 30.0, 20.0  # between nodes on the circle, and between the hosts around it
_LEVEL_NAMES = 8  # the names of more nodes than that have no room side by side
_INSIDE, _OUTSIDE = (120.0, 330.0), 46.0  # radius of the circle, and how far outside the hosts hang


def circle(wires: Wires) -> Layout:
    """Lay out a network on a circle, in natural order from the top, clockwise."""
    hanging: dict[str, list[str]] = {}
    for node in wires.hosts:
        around = wires.neighbours[node]
        if len(around) == 1 and len(wires.neighbours[around[0]]) > 1:
            hanging.setdefault(around[0], []).append(node)
    outside = {node for nodes in hanging.values() for node in nodes}
    inside = [node for node in wires.kinds if node not in outside]
    # Each has a share of the circle: room for itself and for its hosts further out.
    share = {node: max(1.0, len(hanging.get(node, ())) * _HANGING / _APART * 0.8) for node in inside}
    total = sum(share.values())
    least, most = _INSIDE
    radius = min(max(least, total * _APART / (2 * math.pi)), most)
    outer = radius + _OUTSIDE
    longest = max(map(len, wires.kinds), default=1)
    reach = (outer if outside else radius) + 14.0 + LETTER * longest
    middle_x, middle_y = max(_NARROW / 2, reach), reach - LETTER * longest + 20.0
    spots: dict[str, Spot] = {}

    def put(node: str, angle: float, distance: float, label: Label | None) -> None:
        x, y = middle_x + distance * math.sin(angle), middle_y - distance * math.cos(angle)
        spots[node] = Spot(x, y, DOT, DOT, label)

    def beside(angle: float, distance: float, *, inwards: bool = False) -> Label:
        """Level words at a distance from the middle."""
        dx, dy = math.sin(angle), -math.cos(angle)
        anchor = "middle" if abs(dx) < 0.35 else "start" if (dx > 0) != inwards else "end"
        return Label(middle_x + distance * dx, middle_y + distance * dy, anchor)

    def along(angle: float, distance: float) -> Label:
        """Words that begin, or on the left end, at a distance from the middle and point to it."""
        dx, dy = math.sin(angle), -math.cos(angle)
        turn = math.degrees(angle) - 90.0
        turn, anchor = (turn, "end") if dx >= 0 else (turn - 180.0, "start")
        return Label(middle_x + distance * dx, middle_y + distance * dy, anchor, turn)

    begun = -share[inside[0]] / 2 if inside else 0.0
    for node in inside:
        middle = 2 * math.pi * (begun + share[node] / 2) / total
        step = 2 * math.pi * radius / total * share[node]
        label = None
        if node not in hanging:
            label = beside(middle, radius + 15.0) if step >= 15.0 else None
        elif len(inside) <= _LEVEL_NAMES:
            label = beside(middle, radius - 17.0, inwards=True)
        elif step >= 13.0:
            label = along(middle, radius - 10.0)
        put(node, middle, radius, label)
        hosts = hanging.get(node, [])
        width = 2 * math.pi * share[node] / total / max(len(hosts), 1) * 0.86
        every = max(1, math.ceil(13.0 / (width * outer)))
        for place, host in enumerate(hosts):
            angle = middle + width * (place - (len(hosts) - 1) / 2)
            put(host, angle, outer, None if place % every else beside(angle, outer + 14.0))
        begun += share[node]
    courses = {
        (one, other): Course(spots[one].x, spots[one].y, spots[other].x, spots[other].y) for one, other in wires.pairs
    }
    return Layout(2 * middle_x, 2 * middle_y, spots, courses, 1.8 if len(wires.pairs) < 150 else 1.0)

"""Switches, or hosts that are linked to each other, on a circle; outside it the hosts that hang on one of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sim.report.network.layout import DOT, LETTER, Course, Label, Layout, Spot
from sim.report.network.wires import Wires

_NARROW = 520.0
_APART, _HANGING = 30.0, 20.0  # between nodes on the circle, and between the hosts around it
_LEVEL_NAMES = 8  # the names of more nodes than that have no room side by side
_INSIDE, _OUTSIDE = (120.0, 330.0), 46.0  # radius of the circle, and how far outside the hosts hang


def circle(wires: Wires) -> Layout:
    """Lay out a network on a circle, in natural order from the top, clockwise."""
    hanging = _hanging(wires)
    outside = {node for nodes in hanging.values() for node in nodes}
    inside = [node for node in wires.kinds if node not in outside]
    # Each has a share of the circle: room for itself and for its hosts further out.
    share = {node: max(1.0, len(hanging.get(node, ())) * _HANGING / _APART * 0.8) for node in inside}
    total = sum(share.values())
    rings = _rings(total, LETTER * max(map(len, wires.kinds), default=1), hosts=bool(outside))
    spots: dict[str, Spot] = {}
    begun = -share[inside[0]] / 2 if inside else 0.0
    for node in inside:
        middle = 2 * math.pi * (begun + share[node] / 2) / total
        step = 2 * math.pi * rings.radius / total * share[node]
        label = _label(rings, middle, step, hanging=node in hanging, level=len(inside) <= _LEVEL_NAMES)
        spots[node] = rings.spot(middle, rings.radius, label)
        hosts = hanging.get(node, [])
        width = 2 * math.pi * share[node] / total / max(len(hosts), 1) * 0.86
        spots.update(_outside(rings, hosts, middle, width))
        begun += share[node]
    courses = {
        (one, other): Course(spots[one].x, spots[one].y, spots[other].x, spots[other].y) for one, other in wires.pairs
    }
    return Layout(2 * rings.x, 2 * rings.y, spots, courses, 1.8 if len(wires.pairs) < 150 else 1.0)


def _hanging(wires: Wires) -> Mapping[str, list[str]]:
    """The hosts that are linked to one node only, and it to others, by that node."""
    hanging: dict[str, list[str]] = {}
    for node in wires.hosts:
        around = wires.neighbours[node]
        if len(around) == 1 and len(wires.neighbours[around[0]]) > 1:
            hanging.setdefault(around[0], []).append(node)
    return hanging


class _Rings(NamedTuple):
    """The circle of nodes, and the one around it for hosts: a place is an angle from the top and a distance."""

    x: float  # of the middle
    y: float
    radius: float
    outer: float

    def spot(self, angle: float, distance: float, label: Label | None) -> Spot:
        """A node."""
        x, y = self.x + distance * math.sin(angle), self.y - distance * math.cos(angle)
        return Spot(x, y, DOT, DOT, label)

    def beside(self, angle: float, distance: float, *, inwards: bool = False) -> Label:
        """Level words at a distance from the middle."""
        dx, dy = math.sin(angle), -math.cos(angle)
        anchor = "middle" if abs(dx) < 0.35 else "start" if (dx > 0) != inwards else "end"
        return Label(self.x + distance * dx, self.y + distance * dy, anchor)

    def along(self, angle: float, distance: float) -> Label:
        """Words that begin, or on the left end, at a distance from the middle and point to it."""
        dx, dy = math.sin(angle), -math.cos(angle)
        turn = math.degrees(angle) - 90.0
        turn, anchor = (turn, "end") if dx >= 0 else (turn - 180.0, "start")
        return Label(self.x + distance * dx, self.y + distance * dy, anchor, turn)


def _rings(total: float, letters: float, *, hosts: bool) -> _Rings:
    """As large as the shares of all nodes need, with room around them for the longest name."""
    least, most = _INSIDE
    radius = min(max(least, total * _APART / (2 * math.pi)), most)
    outer = radius + _OUTSIDE
    reach = (outer if hosts else radius) + 14.0 + letters
    return _Rings(max(_NARROW / 2, reach), reach - letters + 20.0, radius, outer)


def _label(rings: _Rings, angle: float, step: float, *, hanging: bool, level: bool) -> Label | None:
    """The name of a node that has so much of the circle (`step`): inside of the circle where hosts hang on the node."""
    if not hanging:
        return rings.beside(angle, rings.radius + 15.0) if step >= 15.0 else None
    if level:
        return rings.beside(angle, rings.radius - 17.0, inwards=True)
    return rings.along(angle, rings.radius - 10.0) if step >= 13.0 else None


def _outside(rings: _Rings, hosts: Sequence[str], middle: float, width: float) -> Iterator[tuple[str, Spot]]:
    """The hosts of a node that is at the angle `middle`, each `width` further; as many have names as have room."""
    every = max(1, math.ceil(13.0 / (width * rings.outer)))
    for place, host in enumerate(hosts):
        angle = middle + width * (place - (len(hosts) - 1) / 2)
        yield host, rings.spot(angle, rings.outer, None if place % every else rings.beside(angle, rings.outer + 14.0))

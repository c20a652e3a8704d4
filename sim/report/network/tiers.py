"""Hosts at the bottom, above them the switches by their distance from a host."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sim.report.network.layout import DOT, LETTER, Course, Label, Layout, Spot
from sim.report.network.wires import Wires

_NARROW, _WIDE = 520.0, 1120.0
_MARGIN, _BETWEEN_HOSTS, _GAP = 14.0, 22.0, 0.7  # the gap between two switches' hosts in hosts
_DROP, _TIER, _TOP = 64.0, 112.0, 22.0  # from a host to its switch, from tier to tier, above the highest
_BAR = 20.0  # height of a switch
#: Of the links between switches, so many may join two of one tier in a network of tiers.
_LEVEL = 0.25


def tiers_of(wires: Wires) -> dict[str, int] | None:
    """The tier of each node, hosts 0; None where too many links join switches of the same tier."""
    level = dict.fromkeys(wires.hosts, 0)
    reached = list(level)
    while reached:
        here = reached
        reached = []
        for node in here:
            for other in wires.neighbours[node]:
                if other not in level:
                    level[other] = level[node] + 1
                    reached.append(other)
    between = [(level.get(one, 0), level.get(other, 0)) for one, other in wires.pairs]
    above = [one == other for one, other in between if one and other]
    return None if len(level) < len(wires.kinds) or sum(above) > _LEVEL * len(above) else level


def tiers(wires: Wires, level: dict[str, int]) -> Layout:
    """Lay out a network in tiers; a switch is a bar, as wide as its hosts where it has some."""
    groups = _groups(wires, level)
    slots = sum(max(len(hosts), 2) for hosts in groups.values()) + _GAP * (len(groups) - 1)
    highest = max(level.values())
    rows = [[node for node in wires.switches if level[node] == tier] for tier in range(2, highest + 1)]
    width = _width(slots, groups, rows)
    step = (width - 2 * _MARGIN) / slots
    floor = _TOP + _DROP + _TIER * max(highest - 1, 0)
    dot = min(DOT, 0.8 * step)
    spots: dict[str, Spot] = {}
    half = LETTER * (max(map(len, wires.hosts)) + 0.8) / 2  # of the longest name
    every = math.ceil(2 * half / step)
    number = {host: place for place, host in enumerate(host for hosts in groups.values() for host in hosts)}
    begun = _MARGIN
    for switch, hosts in groups.items():
        room = max(len(hosts), 2) * step
        for place, host in enumerate(hosts):
            x = begun + room * (place + 0.5) / len(hosts)
            named = number[host] % every == 0 and half - 3 <= x <= width - half + 3
            spots[host] = Spot(x, floor, dot, dot, Label(x, floor + 16.0) if named else None)
        if switch:
            spots[switch] = _bar(switch, begun + room / 2, floor - _DROP, room - 0.24 * step)
        begun += room + _GAP * step
    for tier, row in enumerate(rows, start=2):
        middle = {node: _middle_below(node, wires, level, spots) for node in row}
        row.sort(key=middle.__getitem__)
        share = (width - 2 * _MARGIN) / len(row)
        y = floor - _DROP - _TIER * (tier - 1)
        for place, node in enumerate(row):
            spots[node] = _bar(node, _MARGIN + share * (place + 0.5), y, min(0.86 * share, 190.0))
    spread = min(1.9, 0.21 * step)
    return Layout(width, floor + 30.0, spots, _courses(wires, level, spots), spread)


def _groups(wires: Wires, level: dict[str, int]) -> dict[str, list[str]]:
    """The hosts of each switch of the first tier, each host under the first of its switches; under "" without one."""
    groups: dict[str, list[str]] = {node: [] for node in wires.switches if level[node] == 1}
    for host in wires.hosts:
        home = next((node for node in wires.neighbours[host] if node in groups), "")
        groups.setdefault(home, []).append(host)
    return groups


def _width(slots: float, groups: Mapping[str, Sequence[str]], rows: Sequence[Sequence[str]]) -> float:
    """Room for every host and, where a page is wide enough, for the names of the switches."""
    names = [slots * (LETTER * len(node) + 12.0) / max(len(hosts), 2) for node, hosts in groups.items()]
    names += [len(row) * (LETTER * max(map(len, row)) + 12.0) / 0.86 for row in rows]
    room = [name for name in names if name <= _WIDE - 2 * _MARGIN]
    return min(max(slots * _BETWEEN_HOSTS + 2 * _MARGIN, max(room, default=0.0) + 2 * _MARGIN, _NARROW), _WIDE)


def _middle_below(node: str, wires: Wires, level: dict[str, int], spots: dict[str, Spot]) -> float:
    """Where on average the nodes stand that a switch is linked to below; rounded, for what is equal to stay equal."""
    below = [spots[other].x for other in wires.neighbours[node] if level[other] < level[node]]
    return round(math.fsum(below) / len(below), 3)


def _bar(name: str, x: float, y: float, width: float) -> Spot:
    fits = LETTER * len(name) + 6.0 <= width
    return Spot(x, y, max(width, 6.0), _BAR, Label(x, y) if fits else None)


def _courses(wires: Wires, level: dict[str, int], spots: dict[str, Spot]) -> dict[tuple[str, str], Course]:
    """Links leave a bar upwards or downwards, each at a place of its own, in the order of their other ends."""
    ports: dict[tuple[str, str], float] = {}
    for switch in wires.switches:
        for side in (-1, 1):
            others = [node for node in wires.neighbours[switch] if (level[node] - level[switch]) * side > 0]
            others.sort(key=lambda node: spots[node].x)
            spot = spots[switch]
            for place, node in enumerate(others):
                inner = spot.width - 6.0
                x = spot.x + inner * ((place + 0.5) / len(others) - 0.5)
                if level[node] == 0:
                    x = min(max(spots[node].x, spot.x - inner / 2), spot.x + inner / 2)
                ports[switch, node] = x

    def end(node: str, far: str) -> tuple[float, float]:
        spot, side = spots[node], level[far] - level[node]
        shift = 0.0 if level[node] == 0 else _BAR / 2 if side < 0 else -_BAR / 2
        return ports.get((node, far), spot.x), spot.y + shift

    courses = {}
    for one, other in wires.pairs:
        (x1, y1), (x2, y2) = end(one, other), end(other, one)
        above = 30.0 if level[one] else -26.0  # of switches side by side the link runs above them, of hosts below
        rise = math.copysign(above, above * (x2 - x1)) if level[one] == level[other] else 0.0
        courses[one, other] = Course(x1, y1, x2, y2, rise)
    return courses

"""The engine's path of each pair of hosts: over the healthy network, and over what is left of it."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np

from kernels.flows.tables import NOWHERE
from sim.fabric.engine import Engine
from sim.fabric.wires import Way, Wires
from topologies.field_error import FieldError
from topologies.routing import Edge, Node
from topologies.routing.remaining import Remaining

#: What joins two hosts while no way is left: whatever is sent waits at its beginning.
CUT = Way((), (), math.inf, inside=False)


class Paths:
    """Paths between hosts, and what becomes of them when links fail.

    A pair whose route has no link that is down keeps it; others have the network's routing over what is left of it, see
    `topologies.routing.remaining`. Messages of a channel take one path after the other, never two at a time.

    Parameters
    ----------
    graph
        That of the wires.
    wires
        The network's.
    engine
        Where the paths are made.
    overhead
        Time that a message pays before its latency (s), unless it stays inside a machine.
    ideal
        Whether no message takes time.

    Attributes
    ----------
    of : dict
        The paths that are known and that both messages and schedules take, by (source, target).
    ways : list of Way
        Way of each of the engine's paths.
    draining : dict
        Channels that keep to an earlier path until all that was sent on it has been served.
    """

    def __init__(self, graph: nx.Graph | None, wires: Wires, engine: Engine, *, overhead: float, ideal: bool) -> None:
        self._graph, self._wires, self._engine = graph, wires, engine
        self._overhead, self._ideal = overhead, ideal
        self.of: dict[tuple[int, int], int] = {}
        self.ways = [Way((), (), 0.0, inside=True)]
        self.draining: dict[tuple[int, int], int] = {}
        self._laid: dict[tuple[int, int, tuple[int, ...]], int] = {}  # in the order of their numbers, from 1 on
        self._capacity: dict[int, float] = {}  # healthy, of the resources that have been limited
        self._down: set[Edge] = set()
        self._remaining: Remaining | None = None

    def between(self, source: int, target: int) -> int:
        """The path that starts now from one host to another; `NOWHERE` where nothing takes time."""
        if self._ideal or source == target:
            return NOWHERE
        path = self.of.get((source, target))
        if path is None:
            path = self._lay(source, target)
            if (source, target) not in self.draining:
                self.of[source, target] = path
        return path

    def channel(self, source: int, target: int) -> int:
        """The path of the next message of a channel; the engine has come to the present."""
        earlier = self.draining.get((source, target))
        if earlier is not None:
            if self._engine.is_streaming(earlier):
                return earlier
            del self.draining[source, target]
        return self.between(source, target)

    def limit(self, one: Node, other: Node, share: float, now: float) -> None:
        """See `sim.fabric.fabric.Fabric.limit`; the engine has come to the present, `now` (s)."""
        if not 0.0 <= share <= 1.0:
            raise FieldError("share", f"must be in [0, 1], got {share}; give what is left of the link's capacity")
        link = [edge for edge in ((one, other), (other, one)) if edge in self._wires.number]
        if not link:
            raise FieldError("link", f"the network has no link {one}-{other}; name one of its links by its two ends")
        changed = (share == 0.0) != (link[0] in self._down)
        for resource in sorted({int(self._wires.resource[self._wires.number[edge]]) for edge in link}):
            healthy = self._capacity.setdefault(resource, self._engine.capacity_of(resource))
            if healthy == math.inf and 0.0 < share < 1.0:
                raise FieldError("share", f"link {one}-{other} has no limit to take a share of; give 0 or 1")
            if healthy < math.inf and share > 0.0:
                self._engine.limit(resource, healthy * share, now)
        if changed:
            self._down ^= set(link)
            self._remaining = Remaining(self._graph, self._down) if self._down else None
            self._turn_aside(now)

    def cut_off(self, hosts: list[int]) -> list[list[int]]:
        """See `sim.fabric.fabric.Fabric.cut_off`."""
        return [] if self._remaining is None else self._remaining.cut_off(hosts)

    def _way(self, source: int, target: int) -> Way:
        way = self._wires.way(source, target)
        if self._remaining is None or self._stands(way):
            return way
        route = self._remaining.route(source, target)
        return CUT if route is None else self._wires.over(route)

    def _stands(self, way: Way) -> bool:
        """Whether every link of a way is up."""
        return way is not CUT and not any(self._wires.edges[edge] in self._down for edge in way.edges)

    def _lay(self, source: int, target: int) -> int:
        """The engine's path over the present way, made where it is not there yet."""
        way = self._way(source, target)
        key = (source, target, way.edges)
        if key not in self._laid:
            latency = way.latency if way.inside else way.latency + self._overhead
            self._laid[key] = self._engine.add_path(way.resources, latency, exempt=way.inside)
            self.ways.append(way)
        return self._laid[key]

    def _turn_aside(self, now: float) -> None:
        """Have everything under way that can go on no more do so elsewhere, and what starts later take the new ways."""
        self.of.clear()
        self.draining.clear()
        pairs = [(NOWHERE, NOWHERE), *((source, target) for source, target, _ in self._laid)]
        in_use = [path for path in self._engine.paths_in_use() if path != NOWHERE]
        present = {path: self._lay(*pairs[path]) for path in in_use}
        instead = np.arange(len(self.ways), dtype=np.int32)
        for path, other in present.items():
            instead[path] = other
            if path == other:
                continue
            if not self._stands(self.ways[path]):
                self._engine.divert(path, other, now)
            elif self._engine.is_streaming(path):
                self.draining[pairs[path]] = path
        self._engine.replace_paths(instead)

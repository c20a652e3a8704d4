"""Closed-loop workloads whose end and sum of completion times a trusted flow-level simulator has told.

Each returns the virtual end and the sum of the completion times of all its messages (s).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator

import networkx as nx
import numpy as np
import simpy
from numpy.typing import NDArray

from sim.collectives.ring import ring
from sim.fabric.clock import Clock
from sim.fabric.engine import Engine
from sim.fabric.fabric import Fabric
from sim.fabric.laid_out import laid_out
from sim.fabric.program import prepare
from sim.fabric.schedule import Schedule
from topologies.routing.draw import splitmix64

BANDWIDTH = 1.25e9


def uniform(i: int) -> float:
    """Hash of `i` in [0, 1)."""
    return (splitmix64(i) >> 11) * 2.0**-53


def think(i: int, k: int, mean: float) -> float:
    """Exponential think time of participant `i` before its round `k` (s)."""
    return -mean * math.log(((splitmix64(i * 1000003 + k) >> 11) + 0.5) * 2.0**-53)


def star(bandwidths: list[float], latency: float) -> nx.Graph:
    """Hosts on one switch."""
    graph = nx.Graph()
    for host, bandwidth in enumerate(bandwidths):
        graph.add_edge(host, "switch", bandwidth=bandwidth, latency=latency, duplex="split")
    return graph


def incast(senders: int, messages: int) -> tuple[float, float]:
    """Senders think, then send 100 MB to host 0, again and again."""
    environment = Clock()
    fabric = Fabric(environment, star([BANDWIDTH] * (senders + 1), 5e-5))
    ends: list[float] = []

    def sender(i: int) -> Generator[simpy.Event, None, None]:
        for k in range(messages):
            yield environment.timeout(think(i, k, 0.04 * senders))
            delivered = environment.event()
            fabric.send(i, 0, 1e8, delivered.succeed)
            yield delivered
            ends.append(environment.now)

    for i in range(1, senders + 1):
        environment.process(sender(i))
    environment.run()
    assert len(ends) == senders * messages
    return environment.now, sum(ends)


class Lanes:
    """Links by name, made when a path first uses them, and the engine's paths over them."""

    def __init__(self, capacity: dict[object, float], lane: Callable[[int, int], list[object]]) -> None:
        self._number = {link: number for number, link in enumerate(capacity)}
        self._lane = lane
        self.engine = Engine(np.array(list(capacity.values())))

    def path(self, source: int, target: int) -> int:
        links = self._lane(source, target)
        return self.engine.add_path([self._number[link] for link in links], len(links) * 1e-6)


def run(lanes: Lanes, schedule: Schedule, watched: NDArray[np.bool_], start: float) -> tuple[float, float]:
    """Run a schedule alone, all ranks entering at `start`; the end, and the sum over the watched nodes."""
    engine = lanes.engine
    program = prepare(schedule, tuple(range(schedule.ranks)), lanes.path)
    program.nodes["wakes"] = watched
    program.leaving.update({node: [] for node in np.flatnonzero(watched).tolist()})
    base = engine.load(program, 0)
    for node in program.entry:
        engine.enter(base + node, start)
    total, count = 0.0, 0
    while True:
        wakes, now, _ = engine.advance(math.inf)
        for _, node in engine.take_wakes(wakes):
            if node >= base + len(watched):
                assert count == watched.sum()
                return now, total
            total, count = total + now, count + 1


def ring_lanes(ranks: int, leaf_spine: bool) -> Lanes:
    """Uneven host links on one switch, or on a 2:1 oversubscribed leaf-spine with neighbours on different leaves."""
    leaves = max(ranks // 8, 2) if ranks // 8 > 1 else 2
    capacity: dict[object, float] = {}
    for i in range(ranks):
        capacity["up", i] = capacity["down", i] = BANDWIDTH * (1 - 0.1 * uniform(i))
    for leaf in range(leaves):
        for spine in range(4):
            capacity["up", leaf, spine] = capacity["down", leaf, spine] = BANDWIDTH * (ranks // leaves) / 4 / 2

    def lane(source: int, target: int) -> list[object]:
        spine = source // leaves % 4
        middle = [("up", source % leaves, spine), ("down", target % leaves, spine)] if leaf_spine else []
        return [("up", source), *middle, ("down", target)]

    return Lanes(capacity, lane)


def ring_all_reduce(ranks: int, leaf_spine: bool) -> tuple[float, float]:
    """A ring all-reduce of 100 MB in whole-byte chunks."""
    schedule = laid_out(ring(ranks, float(100_000_000 // ranks * ranks))).schedule
    return run(ring_lanes(ranks, leaf_spine), schedule, schedule.source >= 0, 1e-3)


STEPS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def torus_schedule(side: int, rounds: int, distance: int) -> Schedule:
    """Every node thinks, sends to four nodes, and waits for its sends and receives, again and again.

    Node ``5 (k n + i)`` of the schedule is the thinking of node i in round k; the four after it are its sends.
    """
    n = side * side

    def target(i: int, step: tuple[int, int]) -> int:
        return (i // side + distance * step[0]) % side * side + (i % side + distance * step[1]) % side

    def rows() -> Iterator[tuple[int, int, float, float, list[int]]]:
        for k in range(rounds):
            for i in range(n):
                think_node, next_round = 5 * (k * n + i), 5 * (k + 1) * n
                yield -1, -1, 0.0, think(i, k, 0.02), [think_node + d for d in range(1, 5)]
                for step in STEPS:
                    j = target(i, step)
                    yield i, j, 1e7, 0.0, [next_round + 5 * i, next_round + 5 * j] if k + 1 < rounds else []

    source, targets, nbytes, delay, successors = zip(*rows(), strict=True)
    first = np.arange(n) * 5
    return Schedule(
        np.array(source, np.int32), np.array(targets, np.int32), np.array(nbytes), np.array(delay),
        np.array([s for row in successors for s in row], np.int64),
        np.cumsum([0, *map(len, successors)]), entry=first, exit=first + 1,
    )  # fmt: skip


def torus_lanes(side: int, distance: int) -> Lanes:
    """A directed link from every node of a two-dimensional torus to each of its four neighbours."""
    n = side * side

    def lane(source: int, target: int) -> list[object]:
        for d, (down, right) in enumerate(STEPS):
            walk = [
                (source // side + h * down) % side * side + (source % side + h * right) % side
                for h in range(distance + 1)
            ]
            if walk[-1] == target:
                return [(node, d) for node in walk[:-1]]
        raise AssertionError("not a neighbour")

    return Lanes({(i, d): BANDWIDTH for i in range(n) for d in range(4)}, lane)


def torus(side: int, rounds: int, distance: int) -> tuple[float, float]:
    """10 MB to the nodes at `distance` in four directions, in rounds."""
    schedule = torus_schedule(side, rounds, distance)
    return run(torus_lanes(side, distance), schedule, schedule.source >= 0, 1e-3)

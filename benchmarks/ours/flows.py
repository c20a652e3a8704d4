"""The network workloads on paceline's fabric: closed loops are SimPy processes, rings and exchanges are schedules."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import networkx as nx
import numpy as np
import simpy

from measure import flows
from measure.flows import LATENCY, STEPS, Outcome, Run
from sim.collectives.ring import Ring
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.fabric.laid_out import laid_out
from sim.fabric.schedule import Schedule


def prepare(workload: str, *sizes: int, watched: bool = False) -> Run:
    """Make a workload of that name ready.

    Parameters
    ----------
    workload
        Its name, as in `measure.flows`.
    *sizes
        How large it is, as its name wants it.
    watched
        Whether to add up when each message is delivered, also where they are sent by a schedule.
    """
    if workload in ("incast", "islands"):
        return _incasts(*((1, *sizes) if workload == "incast" else (sizes[0], flows.ISLAND, sizes[1])))
    if workload == "torus":
        return _schedule(_torus(sizes[0]), _exchange(*sizes), watched)
    schedule = Ring().all_reduce(sizes[0], float(flows.chunk(sizes[0]) * sizes[0]))
    return _schedule(_ring(sizes[0], oversubscribed=workload == "ring 2:1"), schedule, watched)


def _add_link(graph: nx.Graph, one: int | str, other: int | str, bandwidth: float, latency: float) -> None:
    for node in (one, other):
        graph.add_node(node, kind="host" if isinstance(node, int) else "switch")
    graph.add_edge(one, other, bandwidth=bandwidth, latency=latency, duplex="split")


def _star(hosts: range, bandwidths: list[float], switch: str, latency: float) -> nx.Graph:
    graph = nx.Graph()
    for host, bandwidth in zip(hosts, bandwidths, strict=True):
        _add_link(graph, host, switch, bandwidth, latency)
    return graph


def _incasts(count: int, senders: int, messages: int) -> Run:
    environment = Clock()
    size = senders + 1
    parts = [
        _star(range(island * size, (island + 1) * size), [flows.BANDWIDTH] * size, f"switch{island}", 5e-5)
        for island in range(count)
    ]
    fabric = Fabric(environment, nx.union_all(parts))
    ends: list[float] = []

    def sender(island: int, i: int) -> Generator[simpy.Event, Any, None]:
        source, target = island * size + i, island * size
        for k in range(messages):
            yield environment.timeout(flows.think(island * senders + i, k, 0.04 * senders))
            delivered = environment.event()
            fabric.send(source, target, flows.INCAST_BYTES, delivered.succeed)
            yield delivered
            ends.append(environment.now)

    for island in range(count):
        for i in range(1, size):
            environment.process(sender(island, i))

    def run() -> Outcome:
        environment.run()
        return Outcome(len(ends), ends[-1], sum(ends))

    return run


def _ring(ranks: int, *, oversubscribed: bool) -> nx.Graph:
    speeds = [flows.ring_speed(rank) for rank in range(ranks)]
    if not oversubscribed:
        return _star(range(ranks), speeds, "switch", LATENCY)
    graph, leaves = nx.Graph(), flows.leaves(ranks)
    for rank in range(ranks):
        _add_link(graph, rank, f"leaf{rank % leaves}", speeds[rank], LATENCY)
    for leaf in range(leaves):
        for spine in range(flows.SPINES):
            _add_link(graph, f"leaf{leaf}", f"spine{spine}", flows.uplink(ranks), LATENCY)
    graph.graph["routing"] = "explicit"
    graph.graph["routes"] = {
        (rank, right): [
            rank, f"leaf{rank % leaves}", f"spine{flows.spine(rank, ranks)}", f"leaf{right % leaves}", right
        ]
        for rank in range(ranks)
        for right in [(rank + 1) % ranks]
    }  # fmt: skip
    return graph


def _torus(side: int) -> nx.DiGraph:
    """Each direction of each link is an arc; a message keeps its direction."""
    graph = nx.DiGraph()
    graph.graph["routing"], graph.graph["routes"] = "explicit", {}
    for i in range(side * side):
        for step in STEPS:
            _add_link(graph, i, flows.across(i, step, 1, side), flows.BANDWIDTH, LATENCY)
            walk = [flows.across(i, step, hops, side) for hops in range(3)]
            graph.graph["routes"][i, walk[-1]] = walk
    return graph


def _exchange(side: int, rounds: int) -> Schedule:
    """Node ``5 (k n + i)`` of the schedule is the thinking of node i in round k; the four after it are its sends."""
    n = side * side

    def rows() -> Iterator[tuple[int, int, float, float, list[int]]]:
        for k in range(rounds):
            following = 5 * (k + 1) * n
            for i in range(n):
                here = 5 * (k * n + i)
                yield -1, -1, 0.0, flows.think(i, k, 0.02), [here + d for d in range(1, 5)]
                for step in STEPS:
                    j = flows.across(i, step, 2, side)
                    after = [following + 5 * i, following + 5 * j] if k + 1 < rounds else []
                    yield i, j, flows.TORUS_BYTES, 0.0, after

    source, target, nbytes, delay, successors = zip(*rows(), strict=True)
    first = np.arange(n) * 5
    return Schedule(
        np.array(source, np.int32), np.array(target, np.int32), np.array(nbytes, float), np.array(delay),
        np.array([s for row in successors for s in row], np.int64),
        np.cumsum([0, *map(len, successors)]), entry=first, exit=first + 1,
    )  # fmt: skip


def _watched(schedule: Schedule) -> Schedule:
    """The same with a further rank for each send, which leaves when it has been delivered."""
    sends = np.flatnonzero(schedule.source >= 0)
    columns = {
        name: getattr(schedule, name) for name in ("source", "target", "nbytes", "delay", "successors", "offsets")
    }
    return Schedule(
        **columns,
        entry=np.concatenate((schedule.entry, np.full(len(sends), schedule.entry[0]))),
        exit=np.concatenate((schedule.exit, sends)),
    )


def _schedule(graph: nx.Graph, schedule: Schedule, watched: bool) -> Run:
    """A schedule alone on a network."""
    ranks = schedule.ranks
    environment = Clock(flows.START)
    fabric = Fabric(environment, graph)
    ends: list[float] = []

    def left(rank: int) -> None:
        if rank >= ranks:
            ends.append(environment.now)

    hosts = list(range(ranks))
    if watched:
        schedule = _watched(laid_out(schedule).schedule)
        hosts += [0] * (schedule.ranks - ranks)
    running = fabric.start(schedule, hosts, left)

    def run() -> Outcome:
        for rank in range(schedule.ranks):
            running.enter(rank)
        environment.run()
        return Outcome(
            int(schedule.times()[schedule.source >= 0].sum()), environment.now, sum(ends) if watched else None
        )

    return run

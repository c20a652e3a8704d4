"""What a planner would measure before he predicts: the wires, and the machine that everything runs on."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import median
from typing import NamedTuple

import networkx as nx
import simpy

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import lesson_of
from sim.lab.compare.reducer import Reducer, measure
from sim.lab.job.busy import Busy
from sim.lab.job.clock import WallClock
from sim.lab.job.tape import own_tape
from sim.lab.wires.available import machine
from sim.lab.wires.wired import Measurement, Wires
from topologies.routing.routes import Routes

#: Kinds of routes that are measured at most, those with the least bandwidth first.
MOST_KINDS = 8
#: How long a flow sends for its measurement (s).
FLOW_SECONDS = 1.0
#: Sleeps that are timed, and gradients.
SLEEPS, GRADIENTS = 50, 10
#: Longest sleep that is timed (s): how late it is does not depend on it.
LONGEST_SLEEP = 0.02


class Flow(NamedTuple):
    """One flow of TCP over a kind of route.

    Attributes
    ----------
    source, target
        The hosts that it was measured between.
    links
        How many links it passes.
    bandwidth
        Of the slowest of them (bits a second).
    latency
        Of all that the wires have (s); 0 where the kernel cannot add any.
    measured
        What it got.
    """

    source: int
    target: int
    links: int
    bandwidth: float
    latency: float
    measured: Measurement

    @property
    def efficiency(self) -> float:
        """Share of the bandwidth that its payload got."""
        return self.measured.bits_per_second / self.bandwidth

    @property
    def overhead(self) -> float:
        """What a message takes beside the links' latency and its bytes (s, >= 0)."""
        return max(0.0, self.measured.round_trip / 2.0 - self.latency)


@dataclass(frozen=True)
class Survey:
    """What has been measured before the prediction.

    Parameters
    ----------
    flows
        One of every kind of route between hosts that are lived on.
    kinds
        How many kinds there are.
    without
        What the config's network has and the wires do not, in lines to say.
    congestion
        How TCP controls congestion here.
    delays
        Whether the wires have the latencies of links.
    cores
        How many cores the machine has.
    others
        Share of them that others took before anything was started (0 to 1).
    oversleeping
        How much longer than asked a sleep lasts, the median (s).
    gradient
        What computing a gradient takes of a core, the median (s).
    reducer
        What another program's all-reduce makes of the wires; None: the lab's own processes send everything.
    """

    flows: Sequence[Flow]
    kinds: int
    without: Sequence[str]
    congestion: str
    delays: bool
    cores: int
    others: float
    oversleeping: float
    gradient: float
    reducer: Reducer | None = None

    @property
    def efficiency(self) -> float:
        """Share of a link that is left for payload, as counted: the median of the flows (at most 1).

        It is the reducer's where there is one. What a flow got in a second would say the same of a quiet machine, and
        of a busy one how busy it was then.
        """
        if self.reducer is not None:
            return self.reducer.efficiency
        return min(1.0, median(flow.measured.framing for flow in self.flows)) if self.flows else 1.0

    @property
    def overhead(self) -> float:
        """What a message takes beside latency and bytes: the median of the flows, or what the reducer's takes (s)."""
        if self.reducer is not None:
            return self.reducer.overhead
        return median(flow.overhead for flow in self.flows) if self.flows else 0.0


def survey(blueprint: Blueprint, wires: Wires, *, by_gloo: bool) -> Survey:
    """Measure wires and machine.

    Parameters
    ----------
    blueprint
        What is to run on them.
    wires
        Which have been laid for it.
    by_gloo
        Whether PyTorch's all-reduce is to carry the gradients.
    """
    oversleeping, others = _sleeps(min(blueprint.seconds, LONGEST_SLEEP))
    delays = machine().delays
    graph = blueprint.graph
    assert graph is not None, "wires have been laid for it"
    pairs = kinds_of_routes(graph, sorted({*blueprint.hosts(blueprint.experiment.seed)}))
    flows = []
    for (bandwidth, links, latency), (source, target) in sorted(pairs.items())[:MOST_KINDS]:
        measured = wires.measure(source, target, FLOW_SECONDS)
        flows.append(Flow(source, target, links, bandwidth, latency if delays else 0.0, measured))
    return Survey(
        flows=flows,
        kinds=len(pairs),
        without=wires.without,
        congestion=wires.congestion,
        delays=delays,
        cores=os.cpu_count() or 1,
        others=others,
        oversleeping=oversleeping,
        gradient=_gradient(blueprint),
        reducer=measure(blueprint, wires, delays=delays) if by_gloo else None,
    )


def kinds_of_routes(graph: nx.Graph, hosts: Sequence[int]) -> dict[tuple[float, int, float], tuple[int, int]]:
    """A pair of hosts for every kind of route between some: least bandwidth (bits a second), links, latency (s).

    Parameters
    ----------
    graph
        Annotated graph of the network.
    hosts
        Between which; with less than two there is none.
    """
    routes = Routes(graph)
    found: dict[tuple[float, int, float], tuple[int, int]] = {}
    for source, target in permutations(hosts, 2):
        links = [graph.edges[edge] for edge in routes.route(source, target)]
        kind = (
            8.0 * min(float(link["bandwidth"]) for link in links),
            len(links),
            sum(float(link["latency"]) for link in links),
        )
        found.setdefault(kind, (source, target))
    return found


def _sleeps(seconds: float) -> tuple[float, float]:
    """How late sleeps of so many seconds are (s, the median), and the share of the cores that others took meanwhile."""
    clock = WallClock()
    late: list[float] = []

    def sleeping() -> simpy.events.ProcessGenerator:
        for _ in range(SLEEPS):
            due = clock.now + seconds
            yield clock.timeout(seconds)
            late.append(clock.now - due)
        clock.end()

    busy = Busy()
    clock.begin_at(time.monotonic())
    clock.process(sleeping())
    clock.go()
    return median(late), busy.share()


def _gradient(blueprint: Blueprint) -> float:
    """What a gradient takes of a core (s, the median)."""
    experiment = blueprint.experiment
    tape = own_tape(blueprint, experiment.seed, lesson_of(blueprint, experiment.seed), GRADIENTS + 6)
    taken = []
    with tape:
        x = tape.initial()
        for step in range(GRADIENTS + 1):
            began = time.process_time()
            tape.slot_of(tape.gradient(x, 0, step, experiment.samples_per_gradient))
            taken.append(time.process_time() - began)
    return median(taken[1:])  # the first one compiles, or loads

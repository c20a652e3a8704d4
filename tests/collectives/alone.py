"""An operation with a network to itself."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import networkx as nx
import simpy

from sim.collectives.operations.operation import Operation
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from topologies.networks.single_switch import single_switch


def switch(hosts: int, latency: float, inverse_bandwidth: float) -> nx.Graph:
    """One switch on which a route has `latency` (s) and a byte takes `inverse_bandwidth` (s/B)."""
    return single_switch(hosts, bandwidth=1.0 / inverse_bandwidth, latency=latency / 2)


def departures(
    operation: Operation, graph: nx.Graph | None, hosts: Sequence[int] | None = None, entries: Sequence[float] = ()
) -> list[float]:
    """When each rank leaves (s) that enters at `entries`, or at zero."""
    environment = Clock()
    fabric = Fabric(environment, graph)
    left = [math.nan] * operation.ranks
    places = range(operation.ranks) if hosts is None else hosts
    running = fabric.start(operation, places, lambda rank: left.__setitem__(rank, environment.now))

    def enter(rank: int, instant: float) -> Generator[simpy.Event, None, None]:
        yield environment.timeout(instant)
        running.enter(rank)

    for rank, instant in enumerate(entries or [0.0] * operation.ranks):
        environment.process(enter(rank, instant))
    environment.run()
    return left


def seconds(operation: Operation, graph: nx.Graph | None, hosts: Sequence[int] | None = None) -> float:
    """From the common entry to the last departure (s)."""
    return max(departures(operation, graph, hosts))

"""Directed graphs: every arc is a link of its own."""

from __future__ import annotations

from functools import partial

import networkx as nx

from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric


def one_way() -> nx.DiGraph:
    """Fast from 0 to 1, slow and late back, and a detour 0 -> 2 -> 1."""
    graph = nx.DiGraph()
    graph.add_edge(0, 1, bandwidth=100.0, latency=0.5)
    graph.add_edge(1, 0, bandwidth=10.0, latency=2.0)
    graph.add_edge(0, 2, bandwidth=50.0, latency=0.25)
    graph.add_edge(2, 1, bandwidth=25.0, latency=0.25)
    return graph


def deliveries(graph: nx.DiGraph, *messages: tuple[int, int]) -> list[tuple[int, int, float]]:
    environment = Clock()
    fabric = Fabric(environment, graph)
    delivered: list[tuple[int, int, float]] = []

    def arrive(one: int, other: int) -> None:
        delivered.append((one, other, environment.now))

    for one, other in messages:
        fabric.send(one, other, 100.0, partial(arrive, one, other))
    environment.run()
    return delivered


def test_the_two_directions_have_bandwidths_and_latencies_of_their_own() -> None:
    assert deliveries(one_way(), (0, 1), (1, 0)) == [(0, 1, 1.5), (1, 0, 12.0)]


def test_a_route_that_is_given_is_taken() -> None:
    graph = one_way()
    graph.graph.update(routing="explicit", routes={(0, 1): [0, 2, 1]})
    assert deliveries(graph, (0, 1)) == [(0, 1, 4.5)]


def test_messages_that_pass_each_other_do_not_compete() -> None:
    assert deliveries(one_way(), (0, 1), (1, 0), (0, 2)) == [(0, 1, 1.5), (0, 2, 2.25), (1, 0, 12.0)]

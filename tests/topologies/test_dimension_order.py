"""Dimension-ordered routes on tori."""

from collections import Counter
from itertools import pairwise, permutations

import networkx as nx
import pytest

from topologies.networks.hypercube import Hypercube
from topologies.networks.ring import Ring
from topologies.networks.torus import Torus
from topologies.routing.routes import Routes

SHAPES = [[5], [4, 4], [3, 5], [2, 4], [1, 6], [3, 4, 3], [2, 2, 2]]


def routes_of(graph):
    routes = Routes(graph)
    return {pair: routes.route(*pair) for pair in permutations(graph, 2)}


def axes_of(graph, route):
    """The dimension of each link walked."""
    at = nx.get_node_attributes(graph, "coordinates")
    return [next(axis for axis, (a, b) in enumerate(zip(at[u], at[v], strict=True)) if a != b) for u, v in route]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_dimension_is_taken_up_again(shape):
    graph = Torus(shape=shape).graph(1)
    for route in routes_of(graph).values():
        axes = axes_of(graph, route)
        assert axes == sorted(axes)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_route_is_a_shortest_one(shape):
    graph = Torus(shape=shape).graph(1)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    assert all(len(route) == lengths[source][target] for (source, target), route in routes_of(graph).items())


@pytest.mark.parametrize("graph", [Torus(shape=[4, 4]).graph(1), Ring().graph(8), Torus(shape=[3, 5]).graph(1)])
def test_all_to_all_loads_every_link_of_a_dimension_alike(graph):
    loads = Counter(edge for route in routes_of(graph).values() for edge in route)
    for axis in range(len(graph.graph["shape"])):
        assert len({load for edge, load in loads.items() if axes_of(graph, [edge]) == [axis]}) == 1


def test_all_to_all_on_a_square_torus_of_16_loads_each_direction_8_times():
    # Distances in a ring of 4 are 0, 1, 2, 1: a host walks 16 links in each dimension, 16 hosts 512; 64 directed links.
    loads = Counter(edge for route in routes_of(Torus(shape=[4, 4]).graph(1)).values() for edge in route)
    assert set(loads.values()) == {8}
    assert len(loads) == 64


def test_half_way_round_it_goes_up_from_even_hosts_and_down_from_odd_ones():
    routes = Routes(Ring().graph(6))
    assert [after for _, after in routes.route(0, 3)] == [1, 2, 3]
    assert [after for _, after in routes.route(3, 0)] == [2, 1, 0]


def test_the_shorter_way_round_is_taken():
    routes = Routes(Ring().graph(7))
    assert [after for _, after in routes.route(6, 1)] == [0, 1]
    assert [after for _, after in routes.route(1, 6)] == [0, 6]


def test_on_a_hypercube_no_cycle_of_links_waits_for_each_other():
    # The channel dependency graph of Dally and Seitz: free of cycles, the routing cannot deadlock.
    dependencies = nx.DiGraph(link for route in routes_of(Hypercube().graph(16)).values() for link in pairwise(route))
    assert nx.is_directed_acyclic_graph(dependencies)


def test_on_a_hypercube_the_highest_differing_bit_goes_first():
    assert Routes(Hypercube().graph(8)).route(0, 0b101) == [(0, 0b100), (0b100, 0b101)]

"""Minimal and Valiant's routes on dragonflies, and rails."""

from collections import Counter
from itertools import groupby, permutations

import networkx as nx
import pytest
from network_graphs import hosts_of

from topologies.networks.dragonfly import Dragonfly
from topologies.networks.gpu_pod import GPUPod
from topologies.routing.routes import Routes

#: full, with several links between two groups, with trunks, two groups, one group
SHAPES = [
    {"groups": 9, "routers_per_group": 4, "hosts_per_router": 2, "global_links": 2},
    {"groups": 4, "routers_per_group": 4, "hosts_per_router": 2, "global_links": 2},
    {"groups": 3, "routers_per_group": 2, "hosts_per_router": 1, "global_links": 4},
    {"groups": 2, "routers_per_group": 3, "hosts_per_router": 2, "global_links": 1},
    {"groups": 1, "routers_per_group": 3, "hosts_per_router": 2, "global_links": 1},
]


def groups_passed(graph, route):
    """The groups that a route passes, each once."""
    group = nx.get_node_attributes(graph, "group")
    return [each for each, _ in groupby(group[node] for _, node in route[:-1])]


def routes_of(graph):
    routes = Routes(graph)
    return {pair: routes.route(*pair) for pair in permutations(hosts_of(graph), 2)}


@pytest.mark.parametrize("routing", ["minimal", "valiant"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_route_is_a_walk_along_links_that_passes_no_node_twice(shape, routing):
    graph = Dragonfly(**shape, routing=routing).graph(1)
    for (source, target), route in routes_of(graph).items():
        nodes = [source, *(after for _, after in route)]
        assert nodes[-1] == target
        assert [before for before, _ in route] == nodes[:-1]
        assert all(graph.has_edge(*edge) for edge in route)
        assert len(set(nodes)) == len(nodes)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_minimal_route_passes_the_groups_of_its_ends_only(shape):
    graph = Dragonfly(**shape).graph(1)
    size = shape["routers_per_group"] * shape["hosts_per_router"]
    for (source, target), route in routes_of(graph).items():
        ends = [source // size, target // size]
        assert groups_passed(graph, route) == ends[: len(set(ends))]
        assert len(route) <= 5


@pytest.mark.parametrize("shape", SHAPES)
def test_a_valiant_route_passes_one_more_group_where_there_is_one(shape):
    graph = Dragonfly(**shape, routing="valiant").graph(1)
    size = shape["routers_per_group"] * shape["hosts_per_router"]
    for (source, target), route in routes_of(graph).items():
        passed = groups_passed(graph, route)
        assert (passed[0], passed[-1]) == (source // size, target // size)
        within = source // size == target // size
        assert len(passed) == (1 if within else min(3, shape["groups"]))
        assert len(route) <= 7


def test_valiant_draws_every_other_group_alike():
    graph = Dragonfly(groups=9, routers_per_group=4, hosts_per_router=4, global_links=2, routing="valiant").graph(1)
    routes = Routes(graph)
    passed = Counter(
        groups_passed(graph, routes.route(source, target))[1] for source in range(16) for target in range(16, 144)
    )
    # 16 x 128 = 2048 pairs from group 0 to eight groups: group g is free for those to the other seven, 1 in 7 each:
    # 16 x 16 x 7 / 7 = 256, standard deviation below 16; five of them.
    assert set(passed) == set(range(1, 9))
    assert all(abs(count - 256) < 80 for count in passed.values())


def test_valiant_spreads_what_minimal_routes_crowd_on_one_link():
    shape = {"groups": 9, "routers_per_group": 4, "hosts_per_router": 2, "global_links": 2}
    busiest = {}
    for routing in ("minimal", "valiant"):
        graph = Dragonfly(**shape, routing=routing).graph(1)
        routes, group = Routes(graph), nx.get_node_attributes(graph, "group")
        loads = Counter(
            edge
            for source in range(8)
            for target in range(8, 16)
            for edge in routes.route(source, target)
            if group.get(edge[0], 0) != group.get(edge[1], 0) and edge[0] in group and edge[1] in group
        )
        busiest[routing] = max(loads.values())
    assert busiest["minimal"] == 64  # 8 hosts to 8 hosts over the one link between the two groups
    assert busiest["valiant"] < 32  # over seven ways, 9 on average


def test_several_links_between_two_groups_are_all_used():
    graph = Dragonfly(**SHAPES[1]).graph(1)
    group = nx.get_node_attributes(graph, "group")
    used = {
        edge
        for (source, target), route in routes_of(graph).items()
        if (source // 8, target // 8) == (0, 1)
        for edge in route
        if (group.get(edge[0]), group.get(edge[1])) == (0, 1)
    }
    assert used == {(u, v) for u, v in graph.edges if (group.get(u), group.get(v)) == (0, 1)}
    assert len(used) == 2  # 8 ports to 3 groups


def test_a_message_takes_the_rail_that_serves_its_target():
    graph = GPUPod(gpus_per_machine=6, rails=4).graph(18)
    for (source, target), route in routes_of(graph).items():
        rails = [node for _, node in route if str(node).startswith("rail")]
        assert rails == ([] if source // 6 == target // 6 else [f"rail{target % 6 % 4}"])


@pytest.mark.parametrize("routing", ["rail", "ecmp", "shortest"])
def test_within_a_machine_a_message_walks_two_links_and_between_machines_four(routing):
    graph = GPUPod(gpus_per_machine=2, routing=routing).graph(4)
    assert {pair: len(route) for pair, route in routes_of(graph).items()} == {
        (source, target): 2 if source // 2 == target // 2 else 4 for source, target in permutations(range(4), 2)
    }

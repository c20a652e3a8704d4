"""The front door of routing, and the routes that most networks take: the shortest, spread by hash."""

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise, permutations

import networkx as nx
import pytest

from topologies.field_error import FieldError
from topologies.networks.fat_tree import FatTree
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import SingleSwitch
from topologies.routing.draw import splitmix64
from topologies.routing.routes import Routes

GRAPHS = {
    "single switch": SingleSwitch().graph(6),
    "leaf-spine": LeafSpine(spines=3, hosts_per_leaf=3).graph(9),
    "fat tree": FatTree(k=4).graph(16),
    "torus of hosts": nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 4, periodic=True)),
    "path of hosts": nx.path_graph(5),
    "two hosts": nx.path_graph(2),
    "random": nx.connected_watts_strogatz_graph(24, 4, 0.3, seed=1),
}


def host_pairs(graph):
    return permutations([node for node in graph if isinstance(node, int)], 2)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_a_route_is_a_walk_along_links_from_source_to_target(graph):
    routes = Routes(graph)
    for source, target in host_pairs(graph):
        route = routes.route(source, target)
        assert (route[0][0], route[-1][1]) == (source, target)
        assert all(before[1] == after[0] for before, after in pairwise(route))
        assert all(graph.has_edge(*edge) for edge in route)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_no_route_is_longer_than_the_shortest(graph):
    routes = Routes(graph)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    for source, target in host_pairs(graph):
        assert len(routes.route(source, target)) == lengths[source][target]


def test_a_leaf_spine_route_has_two_links_within_a_leaf_and_four_between_leaves():
    routes = Routes(LeafSpine(hosts_per_leaf=4).graph(8))
    assert [len(routes.route(0, target)) for target in range(1, 8)] == [2, 2, 2, 4, 4, 4, 4]


def test_a_host_reaches_itself_without_a_link():
    assert Routes(SingleSwitch().graph(2)).route(1, 1) == []


def test_a_route_leaves_a_host_of_several_links_by_any_of_them():
    # Two hosts on two switches each: 0 and 1 are joined by 2 routes of 2 links.
    graph = nx.Graph([(0, "a"), (0, "b"), (1, "a"), (1, "b")])
    assert Routes(graph).route(0, 1) in ([(0, "a"), ("a", 1)], [(0, "b"), ("b", 1)])


def test_ecmp_gives_each_spine_its_share():
    graph = LeafSpine(leaves=4, spines=4, hosts_per_leaf=16).graph(64)
    routes = Routes(graph)
    spines = Counter(routes.route(i, j)[1][1] for i, j in host_pairs(graph) if i // 16 != j // 16)
    # 64 x 48 = 3072 pairs: 768 per spine, standard deviation sqrt(3072 x 1/4 x 3/4) = 24; five of them.
    assert all(abs(spines[f"spine{spine}"] - 768) < 120 for spine in range(4))


def test_ecmp_spreads_the_pairs_of_one_source():
    routes = Routes(LeafSpine(spines=4, hosts_per_leaf=16).graph(1024))
    spines = Counter(routes.route(0, target)[1][1] for target in range(16, 1024))
    # 1008 pairs: 252 per spine, standard deviation sqrt(1008 x 3/16) = 13.7; five of them.
    assert all(abs(spines[f"spine{spine}"] - 252) < 69 for spine in range(4))


def test_tiers_choose_independently_so_that_every_core_of_a_fat_tree_is_used():
    graph = FatTree(k=4).graph(16)
    routes = Routes(graph)
    cores = Counter(routes.route(i, j)[2][1] for i, j in host_pairs(graph) if i // 4 != j // 4)
    # 16 x 12 = 192 pairs: 48 per core, standard deviation 6; five of them. One hash for both tiers would use two cores.
    assert all(abs(cores[f"core{core}"] - 48) < 30 for core in range(4))


def test_a_route_asked_for_again_is_not_searched_again():
    routes = Routes(SingleSwitch().graph(2))
    assert routes.route(0, 1) is routes.route(0, 1)


def test_a_route_does_not_depend_on_what_was_asked_before():
    graph = GRAPHS["random"]
    forwards, backwards, pairs = Routes(graph), Routes(graph), list(host_pairs(graph))
    there = {pair: forwards.route(*pair) for pair in pairs}
    assert {pair: backwards.route(*pair) for pair in reversed(pairs)} == there


def test_a_route_does_not_depend_on_the_order_of_links():
    graph = GRAPHS["random"]
    shuffled = nx.Graph()
    shuffled.add_nodes_from(graph)
    shuffled.add_edges_from(reversed(list(graph.edges)))
    assert all(Routes(graph).route(0, target) == Routes(shuffled).route(0, target) for target in graph)


def test_more_leaves_leave_the_routes_of_the_others_as_they_were():
    small, large = (LeafSpine(leaves=leaves, hosts_per_leaf=4) for leaves in (2, 5))
    before, after = Routes(small.graph(8)), Routes(large.graph(8))
    assert all(before.route(*pair) == after.route(*pair) for pair in permutations(range(8), 2))


@pytest.mark.slow
def test_routes_are_the_same_in_every_process():
    code = (
        "from topologies.networks.leaf_spine import LeafSpine\n"
        "from topologies.routing.routes import Routes\n"
        "routes = Routes(LeafSpine(hosts_per_leaf=4).graph(16))\n"
        "print([routes.route(i, j) for i in range(16) for j in range(16)])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    here = Routes(LeafSpine(hosts_per_leaf=4).graph(16))
    assert outputs == {f"{[here.route(i, j) for i in range(16) for j in range(16)]}\n"}


def test_the_hash_is_splitmix64():
    # The first two outputs of the generator seeded with 0; its state after one step is the increment.
    assert [splitmix64(0), splitmix64(0x9E3779B97F4A7C15)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_a_pair_that_no_path_joins_is_named(refused):
    routes = Routes(nx.Graph([(0, "a"), (1, "b")]))
    with refused("links: no path joins host 0 to host 1; link their parts of the network"):
        routes.route(0, 1)


def test_a_host_without_a_link_is_named():
    graph = SingleSwitch().graph(2)
    graph.add_node(2, kind="host")
    with pytest.raises(FieldError, match=r"^links: no path joins host 1 to host 2; "):
        Routes(graph).route(1, 2)


@pytest.mark.parametrize(("pair", "name"), [((0, 7), "target"), ((7, 0), "source"), ((7, 7), "source")])
def test_a_host_that_does_not_exist_is_named(pair, name, refused):
    with refused(f"{name}: the network has no host 7; give the number of one of its hosts"):
        Routes(SingleSwitch().graph(2)).route(*pair)


def test_the_graph_names_the_routing_and_none_is_ecmp():
    graph = LeafSpine(hosts_per_leaf=2).graph(8)
    pairs = list(host_pairs(graph))
    ecmp = [Routes(graph).route(*pair) for pair in pairs]
    del graph.graph["routing"]
    assert [Routes(graph).route(*pair) for pair in pairs] == ecmp
    graph.graph["routing"] = "shortest"
    assert [Routes(graph).route(*pair) for pair in pairs] != ecmp


def test_a_routing_that_does_not_exist_is_refused_with_those_that_do(refused):
    with refused("routing: must be one of dimension_order, ecmp, explicit, minimal, rail, shortest, valiant, got 'os'"):
        Routes(nx.Graph(routing="os"))


def test_shortest_takes_the_first_of_equally_near_neighbours_in_the_order_of_the_graph():
    routes = Routes(LeafSpine(hosts_per_leaf=4, routing="shortest").graph(64))
    assert {routes.route(i, j)[1][1] for i, j in permutations(range(64), 2) if i // 4 != j // 4} == {"spine0"}


@pytest.mark.parametrize("routing", ["ecmp", "shortest"])
def test_links_of_a_directed_network_are_walked_in_their_direction(routing):
    one_way = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 0)], routing=routing)
    routes = Routes(one_way)
    assert routes.route(0, 1) == [(0, 1)]
    assert routes.route(1, 0) == [(1, 2), (2, 3), (3, 0)]


def test_a_directed_network_may_lead_there_and_back_by_different_ways():
    graph = nx.DiGraph([(0, "up"), ("up", 1), (1, "down"), ("down", 0)])
    assert Routes(graph).route(0, 1) == [(0, "up"), ("up", 1)]
    assert Routes(graph).route(1, 0) == [(1, "down"), ("down", 0)]


def test_a_direction_that_no_path_leads_is_named(refused):
    with refused("links: no path joins host 1 to host 0; link their parts of the network"):
        Routes(nx.DiGraph([(0, 1)])).route(1, 0)

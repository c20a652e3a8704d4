"""The check that every host reaches every other one."""

import networkx as nx
import pytest

from topologies.connected import check_connected


def hosts(graph, *names):
    nx.set_node_attributes(graph, {node: "host" if isinstance(node, int) else "switch" for node in graph}, "kind")
    nx.set_node_attributes(graph, dict(enumerate(names)), "name")
    return graph


@pytest.mark.parametrize(
    "graph",
    [
        nx.path_graph(4),
        nx.Graph([(0, "a"), (1, "a")]),
        nx.empty_graph(1),
        nx.empty_graph(0),
        nx.DiGraph([(0, 1), (1, 2), (2, 0)]),
        nx.DiGraph([(0, "up"), ("up", 1), (1, "down"), ("down", 0)]),
        nx.DiGraph([(0, 1), (1, 0), (1, "a dead end"), ("a source", 1)]),
    ],
)
def test_a_network_whose_hosts_reach_each_other_passes(graph):
    check_connected(hosts(graph))


@pytest.mark.parametrize(
    ("graph", "pair"),
    [
        (nx.Graph([(0, "a"), (1, "b"), (2, "a")]), (0, 1)),
        (nx.Graph([(0, 1), (2, 3)]), (0, 2)),
        (nx.DiGraph([(0, 1), (1, 2)]), (1, 0)),
        (nx.DiGraph([(1, 0), (0, 2), (2, 0)]), (0, 1)),
    ],
)
def test_the_first_pair_that_cannot_reach_each_other_is_named(graph, pair, refused):
    graph = nx.compose(hosts(nx.empty_graph(1, type(graph))), hosts(graph))
    with refused(f"links: no path joins host {pair[0]} to host {pair[1]}; link their parts of the network"):
        check_connected(graph)


def test_hosts_with_names_are_named(refused):
    with refused("links: no path joins host alpha to host beta; link their parts of the network"):
        check_connected(hosts(nx.empty_graph(2), "alpha", "beta"))


def test_switches_that_lead_nowhere_do_not_matter():
    check_connected(hosts(nx.Graph([(0, 1), ("a", "b")])))

"""The two-tier network of leaves and spines."""

import networkx as nx
import pytest

from topologies.field_error import FieldError
from topologies.machines import Cards
from topologies.networks.leaf_spine import LeafSpine, leaf_spine

SIZES = [(1, 1, 1), (2, 2, 3), (4, 3, 2), (6, 4, 8)]  # leaves, spines, hosts per leaf


def switches(graph):
    return graph.subgraph(node for node, kind in graph.nodes(data="kind") if kind == "switch")


def make(leaves, spines, hosts_per_leaf):
    return leaf_spine(leaves, spines, hosts_per_leaf, bandwidth=1.0, latency=0.0, uplink_bandwidth=2.0)


@pytest.mark.parametrize(("leaves", "spines", "hosts_per_leaf"), SIZES)
def test_its_switches_are_a_complete_bipartite_graph(leaves, spines, hosts_per_leaf):
    graph = make(leaves, spines, hosts_per_leaf)
    assert nx.is_isomorphic(switches(graph), nx.complete_bipartite_graph(leaves, spines))


@pytest.mark.parametrize(("leaves", "spines", "hosts_per_leaf"), SIZES)
def test_it_is_a_complete_bipartite_graph_with_hosts_hung_on_one_side(leaves, spines, hosts_per_leaf):
    expected = nx.complete_bipartite_graph(leaves, spines)
    for leaf in range(leaves):
        nx.add_star(expected, [leaf, *((leaf, host) for host in range(hosts_per_leaf))])
    assert nx.is_isomorphic(make(leaves, spines, hosts_per_leaf), expected)


@pytest.mark.parametrize(("leaves", "spines", "hosts_per_leaf"), SIZES)
def test_each_leaf_has_one_link_per_host_and_one_per_spine(leaves, spines, hosts_per_leaf):
    assert make(leaves, spines, hosts_per_leaf).number_of_edges() == leaves * (hosts_per_leaf + spines)


def test_hosts_fill_one_leaf_after_the_other():
    graph = make(3, 2, 4)
    assert [list(graph[host]) for host in (0, 3, 4, 11)] == [["leaf0"], ["leaf0"], ["leaf1"], ["leaf2"]]


@pytest.mark.parametrize("oversubscription", [0.5, 1.0, 2.0, 3.0])
def test_bisection_bandwidth_is_half_the_hosts_bandwidth_over_the_oversubscription(oversubscription):
    leaves, hosts_per_leaf, bandwidth = 4, 6, 1.25e9
    graph = LeafSpine(leaves, 3, hosts_per_leaf, 10.0, oversubscription).graph(1)
    # The cut that separates the leaves' halves: sources hang on leaves, not hosts, so that no host link is in it.
    for leaf in range(leaves):
        graph.add_edge("left" if leaf < leaves // 2 else "right", f"leaf{leaf}")  # no capacity: infinite
    cut = nx.minimum_cut_value(graph, "left", "right", capacity="bandwidth")
    assert cut == pytest.approx(leaves * hosts_per_leaf / 2 * bandwidth / oversubscription, rel=1e-12)


def test_uplinks_share_a_leafs_host_bandwidth_over_the_oversubscription():
    graph = LeafSpine(spines=4, hosts_per_leaf=16, bandwidth_gbps=10.0, oversubscription=2.0).graph(1)
    # 16 x 1.25e9 B/s / (4 x 2) = 2.5e9 B/s
    assert graph.edges["leaf0", "spine3"] == {"bandwidth": 2.5e9, "latency": 5e-6, "duplex": "split"}


def test_host_links_have_the_given_bandwidth_and_latency():
    graph = LeafSpine(bandwidth_gbps=100.0, oversubscription=4.0, latency_us=1.0).graph(1)
    assert graph.edges[0, "leaf0"] == {"bandwidth": 1.25e10, "latency": 1e-6, "duplex": "split"}


@pytest.mark.parametrize(("needed", "made"), [(1, 16), (16, 16), (17, 32), (1024, 1024)])
def test_without_a_number_of_leaves_there_are_as_many_as_the_hosts_fill(needed, made):
    graph = LeafSpine().graph(needed)
    assert sum(kind == "host" for _, kind in graph.nodes(data="kind")) == made


def test_a_given_number_of_leaves_is_kept():
    assert sum(kind == "host" for _, kind in LeafSpine(leaves=5, hosts_per_leaf=2).graph(3).nodes(data="kind")) == 10


def test_too_few_leaves_are_refused_with_the_remedy(refused):
    with refused(
        "leaves: 9 hosts are needed, but 2 x 4 hosts per leaf make 8; give 3 or more, or null for as many as needed"
    ):
        LeafSpine(leaves=2, hosts_per_leaf=4).graph(9)


@pytest.mark.parametrize("name", ["leaves", "spines", "hosts_per_leaf", "bandwidth", "uplink_bandwidth"])
def test_the_function_refuses_zero(name):
    arguments = {
        "leaves": 1,
        "spines": 1,
        "hosts_per_leaf": 1,
        "bandwidth": 1.0,
        "latency": 0.0,
        "uplink_bandwidth": 1.0,
    }
    with pytest.raises(FieldError, match=f"^{name}: must be "):
        leaf_spine(**{**arguments, name: 0})


def test_uplinks_grow_with_the_cards_of_hosts_and_are_no_cards_themselves():
    one, two = (LeafSpine(hosts_per_leaf=4, spines=2, nics=nics).graph(8) for nics in (1, 2))
    for edge in ((0, "leaf0"), ("leaf0", "spine1")):
        assert two.edges[edge]["bandwidth"] == 2 * one.edges[edge]["bandwidth"]
    assert (Cards(two).of((0, "leaf0")), Cards(two).of(("leaf0", "spine1"))) == (2, 0)

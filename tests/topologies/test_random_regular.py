"""Switches linked at random: Jellyfish."""

import networkx as nx
import pytest
from network_graphs import hosts_of, switches_of

from topologies.networks.random_regular import RandomRegular, random_regular

SIZES = [(6, 3, 2), (20, 4, 1), (15, 4, 3), (5, 4, 4), (40, 2, 1)]  # switches, degree, hosts per switch


def make(switches, degree, hosts, seed=0):
    return random_regular(switches, degree, hosts, bandwidth=1.0, latency=0.0, seed=seed)


@pytest.mark.parametrize("size", SIZES)
def test_its_switches_are_a_connected_regular_graph(size):
    switches = switches_of(make(*size))
    assert len(switches) == size[0]
    assert nx.is_k_regular(switches, size[1])
    assert nx.is_connected(switches)


@pytest.mark.parametrize("size", SIZES)
def test_every_switch_has_as_many_hosts_and_half_a_link_per_degree(size):
    switches, degree, hosts = size
    graph = make(*size)
    assert len(hosts_of(graph)) == switches * hosts
    assert {graph.degree[switch] for switch in switches_of(graph)} == {degree + hosts}
    assert graph.number_of_edges() == switches * hosts + switches * degree // 2


@pytest.mark.parametrize("seed", range(20))
def test_a_network_that_would_fall_apart_is_drawn_again(seed):
    # One draw of degree 2 is several cycles far more often than one.
    assert nx.is_isomorphic(switches_of(make(12, 2, 1, seed)), nx.cycle_graph(12))


def test_the_seed_is_the_network():
    one, same, other = (make(20, 4, 1, seed) for seed in (1, 1, 2))
    assert list(one.edges) == list(same.edges)
    assert set(one.edges) != set(other.edges)


def test_as_many_links_beyond_the_degree_as_switches_are_the_complete_graph():
    assert nx.is_isomorphic(switches_of(make(6, 5, 1)), nx.complete_graph(6))


@pytest.mark.parametrize(("degree", "needed", "switches"), [(4, 1, 5), (4, 40, 10), (3, 17, 6), (3, 1, 4)])
def test_without_a_number_of_switches_there_are_as_many_as_needed_and_possible(degree, needed, switches):
    assert len(switches_of(RandomRegular(degree=degree).graph(needed))) == switches


def test_too_few_switches_are_refused_with_the_remedy(refused):
    with refused(
        "switches: 41 hosts are needed, but 10 x 4 hosts per switch make 40; "
        "give 11 or more, or null for as many as needed"
    ):
        RandomRegular(switches=10).graph(41)

"""Sites far apart."""

import networkx as nx
import pytest
from network_graphs import cut_between, hosts_of, switches_of

from topologies.networks.wan import WAN, wan


def make(sites, hosts):
    return wan(sites, hosts, 1.0, 0.0, wan_bandwidth=0.1, wan_latency=0.0)


@pytest.mark.parametrize(("sites", "hosts"), [(1, 3), (2, 1), (5, 4)])
def test_its_sites_are_a_complete_graph_with_a_star_of_hosts_at_each(sites, hosts):
    graph = make(sites, hosts)
    assert nx.is_isomorphic(switches_of(graph), nx.complete_graph(sites))
    assert [list(graph[host]) for host in hosts_of(graph)] == [[f"site{s}"] for s in range(sites) for _ in range(hosts)]
    assert graph.number_of_edges() == sites * hosts + sites * (sites - 1) // 2


def test_two_halves_of_the_sites_are_joined_by_a_long_link_per_pair():
    graph = make(4, 10)
    assert cut_between(graph, range(20), range(20, 40)) == pytest.approx(4 * 0.1, rel=1e-12)


def test_the_options_units_become_si():
    graph = WAN(wan_bandwidth_gbps=0.8, wan_latency_us=25000.0).graph(4)
    assert graph.edges["site0", "site3"] == {"bandwidth": 1e8, "latency": 0.025, "duplex": "split"}
    assert graph.edges[0, "site0"] == {"bandwidth": 1.25e9, "latency": 5e-6, "duplex": "split"}


@pytest.mark.parametrize(("needed", "made"), [(1, 4), (4, 4), (5, 8)])
def test_without_a_number_of_hosts_sites_have_as_many_as_needed(needed, made):
    assert len(hosts_of(WAN().graph(needed))) == made


def test_too_few_hosts_are_refused_with_the_remedy(refused):
    with refused(
        "hosts_per_site: 9 hosts are needed, but 4 sites x 2 make 8; give 3 or more, or null for as many as needed"
    ):
        WAN(hosts_per_site=2).graph(9)

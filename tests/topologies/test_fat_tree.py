"""The three-tier fat tree."""

import networkx as nx
import pytest
from network_graphs import cut_between, hosts_of, switches_of

from topologies.networks.fat_tree import FatTree, fat_tree

PORTS = [2, 4, 6, 8]


def make(k):
    return fat_tree(k, bandwidth=1.0, latency=0.0)


@pytest.mark.parametrize("k", PORTS)
def test_it_has_a_quarter_of_k_cubed_hosts_and_five_quarters_of_k_squared_switches(k):
    graph = make(k)
    assert len(hosts_of(graph)) == k**3 // 4
    assert len(switches_of(graph)) == 5 * k**2 // 4


@pytest.mark.parametrize("k", PORTS)
def test_each_tier_has_a_quarter_of_k_cubed_links(k):
    assert make(k).number_of_edges() == 3 * k**3 // 4


@pytest.mark.parametrize("k", PORTS)
def test_every_switch_uses_all_of_its_ports(k):
    graph = make(k)
    assert {graph.degree[switch] for switch in switches_of(graph)} == {k}


@pytest.mark.parametrize("k", [4, 6])
def test_without_cores_it_falls_apart_into_pods_of_complete_bipartite_graphs(k):
    switches = switches_of(make(k))
    pods = switches.subgraph(switch for switch in switches if not switch.startswith("core"))
    found = list(nx.connected_components(pods))
    assert len(found) == k
    for pod in found:
        assert nx.is_isomorphic(pods.subgraph(pod), nx.complete_bipartite_graph(k // 2, k // 2))


@pytest.mark.parametrize("k", [4, 6])
def test_every_core_is_linked_to_one_aggregation_switch_of_every_pod(k):
    graph = make(k)
    for core in range(k * k // 4):
        assert list(graph[f"core{core}"]) == [f"aggregation{pod}.{core // (k // 2)}" for pod in range(k)]


@pytest.mark.parametrize("k", [4, 6])
def test_two_pods_have_a_quarter_of_k_squared_shortest_paths_of_six_links(k):
    paths = list(nx.all_shortest_paths(make(k), 0, k**3 // 4 - 1))
    assert len(paths) == k * k // 4
    assert {len(path) - 1 for path in paths} == {6}
    assert nx.diameter(make(k)) == 6


@pytest.mark.parametrize("k", [2, 4, 6])
def test_half_of_the_hosts_can_send_to_the_other_half_at_full_rate(k):
    graph = make(k)
    hosts = hosts_of(graph)
    half = len(hosts) // 2
    assert cut_between(graph, hosts[:half], hosts[half:]) == half
    assert cut_between(graph, hosts[::2], hosts[1::2]) == half


@pytest.mark.parametrize(("needed", "made"), [(1, 2), (2, 2), (3, 16), (16, 16), (17, 54), (1024, 1024)])
def test_without_a_number_of_ports_it_is_the_smallest_that_is_enough(needed, made):
    assert len(hosts_of(FatTree().graph(needed))) == made


def test_the_options_units_become_si():
    graph = FatTree(k=4, bandwidth_gbps=25.0, latency_us=2.5).graph(1)
    assert graph.edges["core0", "aggregation0.0"] == {"bandwidth": 3.125e9, "latency": 2.5e-6, "duplex": "split"}


def test_too_few_ports_are_refused_with_the_remedy(refused):
    with refused(
        "k: 17 hosts are needed, but a fat tree of 4-port switches has 16; "
        "give 6 or more, or null for the fewest ports that are enough"
    ):
        FatTree(k=4).graph(17)

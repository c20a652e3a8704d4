"""The dragonfly: groups of routers, every two joined."""

from collections import Counter
from itertools import combinations

import networkx as nx
import pytest
from network_graphs import hosts_of, switches_of

from topologies.networks.dragonfly import Dragonfly, dragonfly

#: groups, routers per group, hosts per router, global links per router; the first two as large as can be
SIZES = [(9, 4, 2, 2), (3, 2, 1, 1), (5, 4, 2, 2), (2, 4, 1, 2), (1, 3, 2, 1), (4, 4, 2, 2)]


def make(groups, routers, hosts, links):
    return dragonfly(groups, routers, hosts, links, bandwidth=1.0, latency=0.0)


def global_bandwidth(graph):
    """Bandwidth between each two groups, and of each router to other groups."""
    group = nx.get_node_attributes(graph, "group")
    between, ports = Counter(), Counter()
    for one, other, bandwidth in switches_of(graph).edges(data="bandwidth"):
        if group[one] != group[other]:
            between[frozenset((group[one], group[other]))] += bandwidth
            ports[one] += bandwidth
            ports[other] += bandwidth
    return between, ports


@pytest.mark.parametrize("size", SIZES)
def test_its_hosts_and_routers_are_a_product(size):
    groups, routers, hosts, _ = size
    graph = make(*size)
    assert len(hosts_of(graph)) == groups * routers * hosts
    assert len(switches_of(graph)) == groups * routers


@pytest.mark.parametrize("size", SIZES)
def test_every_two_groups_have_an_equal_share_of_the_ports(size):
    groups, routers, _, links = size
    between, _ = global_bandwidth(make(*size))
    share = routers * links // (groups - 1) if groups > 1 else 0
    assert between == {frozenset(pair): share for pair in combinations(range(groups), 2)}


@pytest.mark.parametrize("size", SIZES)
def test_no_router_has_more_global_links_than_ports(size):
    _, ports = global_bandwidth(make(*size))
    assert max(ports.values(), default=0) <= size[3]


@pytest.mark.parametrize("size", [(9, 4, 2, 2), (33, 8, 4, 4)])
def test_a_full_dragonfly_uses_every_port_with_one_link_between_two_groups(size):
    groups, routers, _, links = size
    graph = make(*size)
    between, ports = global_bandwidth(graph)
    assert set(between.values()) == {1.0}
    assert set(ports.values()) == {links}
    # Links: hosts, complete groups, one per pair of groups
    assert graph.number_of_edges() == len(hosts_of(graph)) + groups * routers * (routers - 1) // 2 + len(between)


@pytest.mark.parametrize("size", SIZES)
def test_the_routers_of_a_group_are_a_complete_graph(size):
    graph = make(*size)
    for group in range(size[0]):
        routers = [node for node, of in graph.nodes(data="group") if of == group]
        assert nx.is_isomorphic(graph.subgraph(routers), nx.complete_graph(size[1]))


def test_two_hosts_are_at_most_five_links_apart():
    assert nx.diameter(make(9, 4, 2, 2)) == 5  # host, local, global, local, host


def test_links_that_meet_the_same_routers_are_one_of_their_joint_bandwidth():
    graph = make(2, 4, 1, 2)  # 8 ports to one other group: router r meets router r twice
    assert graph.edges["router0.3", "router1.3"]["bandwidth"] == 2.0


def test_hosts_fill_one_router_after_the_other():
    graph = make(3, 2, 2, 1)
    assert [next(iter(graph[host])) for host in (0, 1, 2, 4)] == ["router0.0", "router0.0", "router0.1", "router1.0"]


@pytest.mark.parametrize(("needed", "groups"), [(1, 1), (32, 1), (33, 2), (1056, 33)])
def test_without_a_number_of_groups_there_are_as_many_as_the_hosts_fill(needed, groups):
    assert len(hosts_of(Dragonfly().graph(needed))) == 32 * groups


def test_too_few_groups_are_refused_with_the_remedy(refused):
    with refused(
        "groups: 70 hosts are needed, but 2 x 32 hosts per group make 64; give 3 or more, or null for as many as needed"
    ):
        Dragonfly(groups=2).graph(70)


def test_more_hosts_than_can_be_joined_are_refused_with_the_remedy(refused):
    with refused(
        "routers_per_group: 1057 hosts are needed, but at most 33 groups of 32 hosts can be joined; "
        "give more routers_per_group, hosts_per_router or global_links"
    ):
        Dragonfly().graph(1057)

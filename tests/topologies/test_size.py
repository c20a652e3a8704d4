"""A graph that is too large is refused before it is built."""

import pytest

from topologies.communication.complete import Complete
from topologies.communication.erdos_renyi import ErdosRenyi
from topologies.communication.exponential import Exponential
from topologies.communication.hypercube import Hypercube as HypercubeOfRanks
from topologies.communication.random_regular import RandomRegular as RandomRegularRanks
from topologies.communication.small_world import SmallWorld
from topologies.field_error import FieldError
from topologies.networks.dragonfly import Dragonfly
from topologies.networks.fat_tree import FatTree
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.hypercube import Hypercube
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.random_regular import RandomRegular
from topologies.networks.ring import Ring
from topologies.networks.single_switch import SingleSwitch
from topologies.networks.torus import Torus
from topologies.networks.wan import WAN
from topologies.size import check_size

TOO_LARGE = [
    (Torus([10**6, 10**6]), "shape: makes 1000000000000 hosts"),
    (Ring(10**9), "hosts: makes 1000000000 hosts"),
    (Hypercube(2**40), "hosts: makes 1099511627776 hosts"),
    (SingleSwitch(hosts=10**9), "hosts: makes 1000000001 hosts and switches"),
    (SingleSwitch(hosts=10**400), f"hosts: makes {10**400 + 1} hosts and switches"),
    # 2000^3 / 4 hosts and 5 * 2000^2 / 4 switches
    (FatTree(2000), "k: makes 2005000000 hosts and switches"),
    (LeafSpine(leaves=10**6), "leaves: makes 17000004 hosts and switches"),
    (LeafSpine(hosts_per_leaf=10**8), "hosts_per_leaf: makes 100000005 hosts and switches"),
    (RandomRegular(switches=10**7), "switches: makes 50000000 hosts and switches"),
    (Dragonfly(groups=1, routers_per_group=10**6), "routers_per_group: makes 5000000 hosts and switches"),
    (GPUPod(machines=10**8), "machines: makes 900000008 hosts and switches"),
    (WAN(hosts_per_site=10**8), "hosts_per_site: makes 400000004 hosts and switches"),
]

#: Few nodes, but too many links.
TOO_DENSE = [
    (LeafSpine(leaves=10**4, spines=10**4, hosts_per_leaf=1), "leaves: makes 100010000 links"),
    # 10^4 links of hosts and 10^4 (10^4 - 1) / 2 between sites
    (WAN(sites=10**4, hosts_per_site=1), "sites: makes 50005000 links"),
    # 2 links of hosts, 10^9 between the two groups
    (
        Dragonfly(groups=2, routers_per_group=1, hosts_per_router=1, global_links=10**9),
        "global_links: makes 1000000002 links",
    ),
    # each switch has a link to its host and half of those to 9998 others
    (RandomRegular(switches=10**4, degree=9998, hosts_per_switch=1), "switches: makes 50000000 links"),
]


@pytest.mark.parametrize(("network", "message"), TOO_LARGE)
def test_a_network_of_too_many_nodes_is_refused(network, message, refused):
    with refused(f"{message}, more than the 1300000 that can be simulated; give fewer"):
        network.graph(1)


@pytest.mark.parametrize(("network", "message"), TOO_DENSE)
def test_a_network_of_too_many_links_is_refused(network, message, refused):
    with refused(f"{message}, more than the 20000000 that can be simulated; give fewer"):
        network.graph(1)


def test_the_largest_network_passes():
    check_size(1_000_000, 100_000, 20_000_000, hosts=1_000_000)


@pytest.mark.parametrize(
    ("topology", "workers", "edges"),
    [
        (Complete(), 20_000, 199_990_000),
        (RandomRegularRanks(degree=10**6), 20_000, 199_990_000),
        (SmallWorld(degree=2 * 10**4), 10**6, 10**10),
        (ErdosRenyi(probability=0.5), 10_000, 24_997_500),
        (Exponential(), 10**6, 20 * 10**6),
        (HypercubeOfRanks(), 2**20, 10 * 2**20),
    ],
)
def test_a_communication_graph_with_too_many_edges_is_refused(topology, workers, edges):
    message = (
        f"^workers: {workers} make {edges} edges, more than the 5000000 that can be simulated; give fewer workers$"
    )
    with pytest.raises(FieldError, match=message):
        topology.graph(workers)

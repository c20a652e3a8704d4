"""Direct networks: the torus, and the ring and the hypercube, which are tori too."""

from functools import reduce

import networkx as nx
import numpy as np
import pytest
from network_graphs import cut_between, hosts_of

from topologies.networks.hypercube import Hypercube, hypercube
from topologies.networks.ring import Ring, ring
from topologies.networks.torus import Torus, torus

SHAPES = [(1,), (2,), (5,), (4, 4), (3, 5), (2, 4), (1, 6), (2, 2), (3, 4, 5), (2, 1, 3), (2, 2, 2, 2)]


def make(shape):
    return torus(shape, bandwidth=1.0, latency=0.0)


def cycle(size):
    """The cycle as a simple graph: two nodes are joined once, one is not joined to itself."""
    return nx.cycle_graph(size) if size > 2 else nx.path_graph(size)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_torus_is_the_cartesian_product_of_cycles(shape):
    assert nx.is_isomorphic(make(shape), reduce(nx.cartesian_product, map(cycle, shape)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_dimension_has_a_link_per_host_of_size_2_half_as_many_of_size_1_none(shape):
    hosts = int(np.prod(shape))
    links = sum({1: 0, 2: hosts // 2}.get(size, hosts) for size in shape)
    assert make(shape).number_of_edges() == links


@pytest.mark.parametrize("shape", SHAPES)
def test_the_diameter_of_a_torus_is_half_of_each_dimension(shape):
    assert nx.diameter(make(shape)) == sum(size // 2 for size in shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_hosts_are_numbered_row_by_row(shape):
    assert nx.get_node_attributes(make(shape), "coordinates") == dict(enumerate(np.ndindex(*shape)))


def test_all_nodes_of_a_direct_network_are_hosts():
    assert hosts_of(make((3, 4))) == list(range(12))


@pytest.mark.parametrize(("shape", "links"), [((4,), 2), ((8, 4), 8), ((4, 4, 4), 32), ((2, 3), 3)])
def test_two_rings_of_links_are_cut_where_a_torus_is_halved(shape, links):
    # Halved across its first dimension: 2 prod(shape) / shape[0] links (size 2: one link instead of two).
    graph = make(shape)
    half = graph.number_of_nodes() // 2
    assert cut_between(graph, range(half), range(half, 2 * half)) == links


@pytest.mark.parametrize(("needed", "shape"), [(1, (1, 1)), (2, (2, 1)), (16, (4, 4)), (17, (5, 4)), (20, (5, 4))])
def test_without_a_shape_a_torus_is_nearly_square(needed, shape):
    assert Torus().graph(needed).graph["shape"] == shape


def test_a_given_shape_is_kept():
    assert Torus(shape=[2, 3, 4]).graph(5).number_of_nodes() == 24


def test_too_small_a_torus_is_refused_with_the_remedy(refused):
    with refused(
        "shape: 20 hosts are needed, but a torus of 4 x 4 has 16; "
        "give a larger one, or null for the smallest square one that is enough"
    ):
        Torus(shape=[4, 4]).graph(20)


@pytest.mark.parametrize("hosts", [1, 2, 3, 4, 9])
def test_a_ring_is_the_cycle(hosts):
    graph = ring(hosts, bandwidth=1.0, latency=0.0)
    assert nx.is_isomorphic(graph, cycle(hosts))
    assert all(abs(one - other) in (1, hosts - 1) for one, other in graph.edges)


def test_a_ring_has_as_many_hosts_as_given_or_needed():
    assert [len(Ring(hosts=hosts).graph(5)) for hosts in (None, 7)] == [5, 7]


def test_too_small_a_ring_is_refused_with_the_remedy(refused):
    with refused("hosts: 8 are needed, but the ring has 4; give 8 or more, or null for as many as needed"):
        Ring(hosts=4).graph(8)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_a_hypercube_is_the_hypercube(dimensions):
    graph = hypercube(2**dimensions, bandwidth=1.0, latency=0.0)
    assert nx.is_isomorphic(graph, nx.hypercube_graph(dimensions))
    assert all((one ^ other).bit_count() == 1 for one, other in graph.edges)


def test_a_hypercube_of_no_dimension_is_a_single_host():
    assert list(hypercube(1, bandwidth=1.0, latency=0.0)) == [0]


@pytest.mark.parametrize("dimensions", [1, 3, 4])
def test_a_hypercube_has_half_a_link_per_host_and_dimension_and_the_diameter_of_its_dimensions(dimensions):
    graph = hypercube(2**dimensions, bandwidth=1.0, latency=0.0)
    assert graph.number_of_edges() == 2**dimensions * dimensions / 2
    assert nx.diameter(graph) == dimensions


def test_half_of_a_hypercube_can_send_to_the_other_at_full_rate():
    assert cut_between(hypercube(16, bandwidth=1.0, latency=0.0), range(8), range(8, 16)) == 8


@pytest.mark.parametrize(("needed", "made"), [(1, 1), (2, 2), (3, 4), (17, 32)])
def test_without_a_number_a_hypercube_has_the_next_power_of_two(needed, made):
    assert len(Hypercube().graph(needed)) == made


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        (12, "hosts: hypercube needs a power of two, got 12; try 8 or 16"),
        (
            0,
            "hosts: must be at least 1, got 0; "
            "give the number of hosts, or null for the smallest power of two that is enough",
        ),
    ],
)
def test_a_hypercube_of_another_number_is_refused_with_the_nearest(hosts, message, refused):
    with refused(message):
        Hypercube(hosts=hosts)


def test_too_small_a_hypercube_is_refused_with_the_remedy(refused):
    with refused(
        "hosts: 9 are needed, but the hypercube has 8; "
        "give 16 or more, or null for the smallest power of two that is enough"
    ):
        Hypercube(hosts=8).graph(9)


@pytest.mark.parametrize("option", [Torus, Ring, Hypercube])
def test_the_units_of_direct_networks_become_si(option):
    graph = option(bandwidth_gbps=40.0, latency_us=0.5).graph(2)
    assert graph.edges[0, 1] == {"bandwidth": 5e9, "latency": 5e-7, "duplex": "split"}

"""Mixing matrices and their spectral gaps."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from topologies.communication.complete import complete
from topologies.communication.erdos_renyi import erdos_renyi
from topologies.communication.exponential import exponential
from topologies.communication.hypercube import hypercube
from topologies.communication.one_peer_exponential import one_peer_exponential
from topologies.communication.random_regular import random_regular
from topologies.communication.ring import ring
from topologies.communication.small_world import small_world
from topologies.communication.star import star
from topologies.communication.torus import torus
from topologies.field_error import FieldError
from topologies.mixing import Stochastic, metropolis, spectral_gap, uniform

IRREGULAR = [
    nx.path_graph(4),
    star(7),
    nx.barabasi_albert_graph(30, 2, seed=3),
    erdos_renyi(20, 0.3, seed=0),
    small_world(30, 4, rewire=0.2, seed=0),
]
REGULAR = [
    *(ring(n) for n in (1, 2, 3, 8, 16)),
    *(complete(n) for n in (2, 6, 9)),
    *(torus(shape) for shape in ((4, 4), (2, 5), (3, 3, 4))),
    hypercube(16),
    random_regular(20, 3, seed=0),
    nx.petersen_graph(),
]
DIRECTED = nx.DiGraph([(0, 1), (0, 2), (1, 2), (2, 3), (3, 0), (3, 1), (3, 2)])
ROUNDING = 1e-14  # tens of additions of numbers below 1


def metropolis_by_the_formula(graph):
    """W[i, j] = 1 / (1 + max(deg(i), deg(j))) for neighbours, the rest of each row on the diagonal; one by one."""
    n = graph.number_of_nodes()
    weights = np.zeros((n, n))
    for i, j in graph.edges:
        weights[i, j] = weights[j, i] = 1 / (1 + max(graph.degree[i], graph.degree[j]))
    for i in range(n):
        weights[i, i] = 1 - weights[i].sum()
    return weights


@pytest.mark.parametrize("graph", REGULAR + IRREGULAR)
def test_metropolis_weights_are_the_formula(graph):
    np.testing.assert_allclose(metropolis(graph).matrix(), metropolis_by_the_formula(graph), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("graph", REGULAR + IRREGULAR)
def test_metropolis_weights_are_symmetric_and_doubly_stochastic(graph):
    weights = metropolis(graph).matrix()
    assert np.array_equal(weights, weights.T)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("graph", REGULAR)
def test_uniform_weights_are_symmetric_and_doubly_stochastic(graph):
    weights = uniform(graph).matrix()
    assert np.array_equal(weights, weights.T)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("graph", REGULAR)
def test_on_a_regular_graph_metropolis_and_uniform_weights_have_the_same_bits(graph):
    assert np.array_equal(metropolis(graph).matrix(), uniform(graph).matrix())


def test_a_rank_keeps_its_row_whatever_the_order_of_nodes():
    graph = nx.Graph()
    graph.add_nodes_from([2, 0, 1])
    graph.add_edge(1, 2)
    assert metropolis(graph).matrix().tolist() == [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]


def test_edge_attributes_do_not_weigh():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=7.0)
    assert metropolis(graph).matrix().tolist() == [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("weights", [metropolis, uniform])
@pytest.mark.parametrize("n", [4, 8, 16, 32, 64])
def test_the_gap_of_the_ring_is_its_closed_form(weights, n):
    # W is circulant with 1/3 at -1, 0, 1: eigenvalues 1/3 + 2/3 cos(2 pi k / n); for n >= 4 the largest modulus
    # below 1 is k = 1. Tolerance: backward error of the singular values, n times the machine's epsilon.
    gap = 2 / 3 - 2 / 3 * math.cos(2 * math.pi / n)
    assert spectral_gap(weights(ring(n)).matrix()) == pytest.approx(gap, abs=1e-13)


@pytest.mark.parametrize(("n", "second"), [(4, 1 / 3), (8, 0.80474), (16, 0.94925), (32, 0.98719), (64, 0.99679)])
def test_the_gap_of_the_ring_is_its_tabulated_value(n, second):
    # 1 - gap to the five decimals it is tabulated with
    assert 1 - spectral_gap(metropolis(ring(n)).matrix()) == pytest.approx(second, abs=5e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 64])
def test_the_complete_graph_averages_in_one_round(n):
    assert spectral_gap(metropolis(complete(n)).matrix()) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("weights", [metropolis, uniform])
@pytest.mark.parametrize("side", [4, 8, 16])
def test_the_gap_of_the_torus_is_its_closed_form(weights, side):
    # Weights 1/5: eigenvalues 1/5 + 2/5 cos(2 pi k / m) + 2/5 cos(2 pi l / m), the second at (k, l) = (1, 0).
    gap = 2 / 5 - 2 / 5 * math.cos(2 * math.pi / side)
    assert spectral_gap(weights(torus((side, side))).matrix()) == pytest.approx(gap, abs=1e-13)


@pytest.mark.parametrize(("side", "second"), [(4, 0.6), (8, 0.88284)])
def test_the_gap_of_the_torus_is_its_tabulated_value(side, second):
    # 1 - gap to the five decimals it is tabulated with
    assert 1 - spectral_gap(metropolis(torus((side, side))).matrix()) == pytest.approx(second, abs=5e-6)


@pytest.mark.parametrize("shape", [(2, 2), (5, 2), (4, 7), (3, 4, 5), (2, 2, 2, 2)])
def test_the_eigenvalues_of_a_torus_are_the_sums_of_those_of_its_rings(shape):
    # Adjacency of a cartesian product: sums of the factors' eigenvalues, 2 cos(2 pi k / m) of a ring of m > 2 and
    # cos(pi k) = 1, -1 of two joined ranks. W = (1 + adjacency) / (1 + degree).
    rings = [[(1 if m == 2 else 2) * math.cos(2 * math.pi * k / m) for k in range(m)] for m in shape]
    sums = [1 + sum(each) for each in itertools.product(*rings)]
    degree = sum(1 if m == 2 else 2 for m in shape)
    found = np.linalg.eigvalsh(metropolis(torus(shape)).matrix())
    np.testing.assert_allclose(found, np.sort(sums) / (1 + degree), rtol=0, atol=1e-13)


@pytest.mark.parametrize("weights", [metropolis, uniform])
@pytest.mark.parametrize("dimension", [1, 2, 3, 5, 8])
def test_the_gap_of_the_hypercube_is_its_closed_form(weights, dimension):
    # Eigenvalues 1 - 2k / (d + 1): the second is (d - 1) / (d + 1), and so is the modulus of the last.
    assert spectral_gap(weights(hypercube(2**dimension)).matrix()) == pytest.approx(2 / (dimension + 1), abs=1e-13)


@pytest.mark.parametrize("n", [3, 4, 8, 64])
def test_the_gap_of_the_star_is_its_closed_form(n):
    # Metropolis weights 1/n on every edge: a leaf keeps 1 - 1/n, rank 0 keeps 1/n. Vectors on the leaves that sum to 0
    # have eigenvalue 1 - 1/n (n - 2 times), the ones 1, and 0 is left of the trace 1/n + (n - 1)(1 - 1/n).
    assert spectral_gap(metropolis(star(n)).matrix()) == pytest.approx(1 / n, abs=1e-13)


@pytest.mark.parametrize(
    ("graph", "gap"),
    [(ring(16), 0.05075), (torus((4, 4)), 0.4), (hypercube(16), 0.4), (complete(16), 1.0), (star(16), 0.0625)],
)
def test_models_come_together_as_fast_as_the_gap_says(graph, gap):
    # After the first rounds only the slowest eigenvectors are left, which shrink by 1 - gap (to its five decimals) per
    # round; the complete graph leaves nothing of any.
    weights = metropolis(graph).matrix()
    models = np.random.default_rng(0).standard_normal(len(weights))
    apart = [np.linalg.norm(np.linalg.matrix_power(weights, t) @ (models - models.mean())) for t in (30, 31)]
    assert apart[1] == pytest.approx((1 - gap) * apart[0], rel=1e-2, abs=1e-15)


def test_a_random_regular_graph_mixes_almost_as_fast_as_its_degree_allows():
    # Friedman 2008: the other eigenvalues of the adjacency are at most about 2 sqrt(d - 1) in modulus; 10 % above that
    # here, for a graph of 256 ranks is not very large.
    largest = (1 + 1.1 * 2 * math.sqrt(3)) / 5
    assert 1 - spectral_gap(metropolis(random_regular(256, 4, seed=0)).matrix()) < largest
    assert 1 - spectral_gap(metropolis(torus((16, 16))).matrix()) > largest  # of the same degree


@pytest.mark.parametrize("n", [2, 4, 6, 8, 12, 24, 64])
def test_the_gap_of_the_directed_exponential_graph_is_its_closed_form(n):
    # Weight 1/(t+1) on itself and on the ranks 2^0 .. 2^(t-1) further, t = ceil(log2 n): norm of W - J = (t-1)/(t+1)
    # for even n (Ying et al. 2021). W is not symmetric.
    t = math.ceil(math.log2(n))
    assert spectral_gap(uniform(exponential(n)).matrix()) == pytest.approx(2 / (t + 1), abs=1e-13)


@pytest.mark.parametrize("n", [2, 3, 6, 8])
def test_the_exponential_graph_is_circulant(n):
    t = math.ceil(math.log2(n))
    expected = sum((np.roll(np.eye(n), 2**k, axis=0) for k in range(t)), np.eye(n)) / (t + 1)
    np.testing.assert_allclose(uniform(exponential(n)).matrix(), expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("graph", [*REGULAR, *map(exponential, (1, 2, 3, 6, 8)), *one_peer_exponential(6)])
def test_uniform_weights_are_doubly_stochastic_where_all_ranks_have_one_degree(graph):
    assert uniform(graph).stochastic is Stochastic.doubly


@pytest.mark.parametrize("graph", [*IRREGULAR, DIRECTED])
def test_uniform_weights_are_column_stochastic_where_degrees_differ(graph):
    mixing = uniform(graph)
    assert mixing.stochastic is Stochastic.column
    np.testing.assert_allclose(mixing.matrix().sum(axis=0), 1.0, rtol=0, atol=ROUNDING)
    assert abs(mixing.matrix().sum(axis=1) - 1.0).max() > 0.01


def test_uniform_weights_of_a_directed_graph_go_by_who_sends():
    # 0 sends to 1 and 2: thirds; 1 and 2 to one other: halves; 3 to 0, 1 and 2: quarters.
    third, half, quarter = 1 / 3, 1 / 2, 1 / 4
    assert uniform(DIRECTED).matrix().tolist() == [
        [third, 0.0, 0.0, quarter],
        [third, half, 0.0, quarter],
        [third, half, half, quarter],
        [0.0, 0.0, half, quarter],
    ]


def test_a_rank_knows_from_how_many_it_gets_something():
    assert uniform(DIRECTED).senders == [1, 2, 3, 1]


@pytest.mark.parametrize("graph", [*map(ring, (1, 2, 3, 8)), complete(5), exponential(6), one_peer_exponential(7)[2]])
def test_of_a_circulant_matrix_the_fourier_transform_is_the_eigenvalues(graph):
    mixing = uniform(graph)
    found, expected = mixing.eigenvalues_of_circulant(), np.linalg.eigvals(mixing.matrix())
    for value in expected:
        assert abs(found - value).min() < 1e-7  # of multiple eigenvalues the general algorithm finds half of the digits


@pytest.mark.parametrize("graph", [star(4), torus((3, 3)), hypercube(8), nx.path_graph(3)])
def test_other_matrices_are_not_taken_for_circulant(graph):
    assert metropolis(graph).eigenvalues_of_circulant() is None


@pytest.mark.parametrize(
    "weights", [np.eye(3), np.array([[0.0, 1.0], [1.0, 0.0]])], ids=["ranks apart", "ranks that swap"]
)
def test_the_gap_is_0_where_models_never_meet(weights):
    assert spectral_gap(weights) == pytest.approx(0.0, abs=1e-13)


@pytest.mark.parametrize("graph", [ring(8), *IRREGULAR])
def test_a_round_brings_the_models_together_by_the_gap_at_least(graph):
    weights = metropolis(graph).matrix()
    models = np.random.default_rng(0).standard_normal((len(weights), 5))
    mixed = weights @ models
    np.testing.assert_allclose(mixed.mean(axis=0), models.mean(axis=0), rtol=0, atol=ROUNDING)
    before, after = (np.linalg.norm(x - x.mean(axis=0)) for x in (models, mixed))
    assert after <= (1 - spectral_gap(weights)) * before * (1 + 1e-12)


@pytest.mark.parametrize(
    "graph", [nx.MultiGraph([(0, 1), (0, 1)]), nx.Graph([(0, 0), (0, 1)])], ids=["parallel edges", "self-loop"]
)
@pytest.mark.parametrize("weights", [metropolis, uniform])
def test_a_graph_that_is_not_simple_is_refused(weights, graph):
    with pytest.raises(FieldError, match=r"^graph: must be without parallel edges or self-loops, got "):
        weights(graph)


def test_metropolis_weights_on_a_directed_graph_are_refused(refused):
    with refused(
        "graph: must be undirected for metropolis weights, got DiGraph with 2 nodes and 1 edges; use uniform weights"
    ):
        metropolis(nx.DiGraph([(0, 1)]))


@pytest.mark.parametrize("graph", [nx.Graph(), nx.Graph([(1, 2)]), nx.Graph([("a", "b")])])
def test_nodes_that_are_not_ranks_are_refused(graph):
    with pytest.raises(FieldError, match=r"^graph: must have the nodes 0 \.\. n-1 with n >= 1, got Graph with "):
        metropolis(graph)


@pytest.mark.parametrize("matrix", [np.ones(3), np.ones((2, 3)), np.ones((0, 0))])
def test_the_gap_of_what_is_not_square_is_refused(matrix, refused):
    with refused(f"W: must be a square matrix, got shape {matrix.shape}; give one row and one column per rank"):
        spectral_gap(matrix)


@pytest.mark.parametrize(
    ("matrix", "worst"),
    [([[0.5, 0.5], [0.25, 0.75]], "0.75"), ([[1.0, math.nan], [0.0, 1.0]], "nan")],
    ids=["only row-stochastic", "not a number"],
)
def test_the_gap_of_what_is_not_doubly_stochastic_is_refused(matrix, worst, refused):
    with refused(
        f"W: rows and columns must sum to 1, got {worst}; use metropolis weights, which are doubly stochastic"
    ):
        spectral_gap(np.array(matrix))

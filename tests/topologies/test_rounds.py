"""Rounds of mixing: their products, and how fast models come together in them."""

import math
from functools import reduce

import networkx as nx
import numpy as np
import pytest

from topologies.communication.complete import Complete
from topologies.communication.exponential import Exponential, exponential
from topologies.communication.hypercube import Hypercube, hypercube
from topologies.communication.one_peer_exponential import OnePeerExponential
from topologies.communication.random_matching import RandomMatching
from topologies.communication.ring import Ring
from topologies.communication.small_world import small_world
from topologies.communication.star import Star
from topologies.communication.torus import Torus, torus
from topologies.communication.weighted import Weights
from topologies.mixing import metropolis, spectral_gap, uniform
from topologies.rounds import Periodic


def rounds_of(topology, workers, seed=0):
    return topology.rounds(workers, np.random.default_rng(seed))


def product(rounds, count):
    return reduce(lambda before, number: rounds.at(number).matrix() @ before, range(1, count), rounds.at(0).matrix())


@pytest.mark.parametrize("n", [4, 8, 64, 4000])
def test_the_gap_of_the_ring_is_its_closed_form_however_large(n):
    # Eigenvalues 1/3 + 2/3 cos(2 pi k / n), k = 1 the largest modulus below 1.
    assert rounds_of(Ring(), n).spectral_gap() == pytest.approx(2 / 3 - 2 / 3 * math.cos(2 * math.pi / n), abs=1e-13)


@pytest.mark.parametrize("side", [4, 8, 64])
def test_the_gap_of_the_torus_is_its_closed_form_however_large(side):
    # Weights 1/5: the second eigenvalue is 3/5 + 2/5 cos(2 pi / m).
    gap = 2 / 5 - 2 / 5 * math.cos(2 * math.pi / side)
    assert rounds_of(Torus(), side**2).spectral_gap() == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("dimension", [1, 4, 8, 12])
def test_the_gap_of_the_hypercube_is_its_closed_form_however_large(dimension):
    gap = rounds_of(Hypercube(), 2**dimension).spectral_gap()
    assert gap == pytest.approx(2 / (dimension + 1), abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 6, 12, 64, 1000, 6000])
def test_the_gap_of_the_exponential_graph_is_its_closed_form_for_even_numbers(n):
    # 1 - (t-1)/(t+1), t = ceil(log2 n) (Ying et al. 2021, proposition 1)
    gap = rounds_of(Exponential(), n).spectral_gap()
    assert gap == pytest.approx(2 / (math.ceil(math.log2(n)) + 1), abs=1e-13)


@pytest.mark.parametrize("n", [4, 64, 1000])
def test_the_gap_of_the_star_is_its_closed_form_however_large(n):
    assert rounds_of(Star(), n).spectral_gap() == pytest.approx(1 / n, abs=1e-12)


@pytest.mark.parametrize("topology", [Ring(), Exponential(), OnePeerExponential(), RandomMatching()])
def test_a_single_worker_is_the_average(topology):
    assert rounds_of(topology, 1).spectral_gap() == 1.0


@pytest.mark.parametrize("n", [2, 4, 8, 16, 64])
def test_one_peer_rounds_of_a_power_of_two_are_the_exact_average_after_log2_n_and_not_before(n):
    rounds, t = rounds_of(OnePeerExponential(), n), round(math.log2(n))
    # Halves and their products are exact in binary.
    np.testing.assert_array_equal(product(rounds, t), np.full((n, n), 1 / n))
    assert abs(product(rounds, t - 1) - 1 / n).max() > 0.5 / n if t > 1 else True
    assert rounds.spectral_gap() == pytest.approx(1.0, abs=1e-15)


def test_three_one_peer_rounds_of_six_miss_the_average():
    # Each rank's model reaches ranks 0 .. 7 further with 1/8 each, so two of six get 1/4: 1/4 - 1/6 = 1/12. The
    # eigenvalues are prod_k (1 + w^(2^k)) / 2 = (1 - w^8) / (8 (1 - w)) = (1 + w) / 8 with w = e^(2 pi i m / 6), of
    # modulus cos(pi m / 6) / 4: sqrt(3) / 8 for m = 1.
    rounds = rounds_of(OnePeerExponential(), 6)
    assert abs(product(rounds, 3) - 1 / 6).max() == pytest.approx(1 / 12, abs=1e-15)
    assert rounds.spectral_gap() == pytest.approx(1 - math.sqrt(3) / 8, abs=1e-14)


@pytest.mark.parametrize("n", [3, 5, 6, 7, 12, 100])
def test_the_gap_of_periodic_rounds_is_that_of_their_product(n):
    rounds = rounds_of(OnePeerExponential(), n)
    assert rounds.spectral_gap() == pytest.approx(spectral_gap(product(rounds, math.ceil(math.log2(n)))), abs=1e-12)


def test_rounds_of_different_graphs_have_the_gap_of_their_product():
    period = [metropolis(nx.path_graph(5)), metropolis(nx.star_graph(4)), uniform(exponential(5))]
    expected = spectral_gap(period[2].matrix() @ period[1].matrix() @ period[0].matrix())
    assert Periodic(period).spectral_gap() == pytest.approx(expected, abs=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "factor"), [(2, 0.0), (4, 1 / 3), (16, 7 / 15), (3, 1 / 2), (7, 1 / 2)])
def test_the_gap_of_random_matchings_is_that_of_the_expected_matrix(n, factor):
    # Even n: an edge is there with 1/(n-1), so E W has 1/2 on the diagonal and 1/(2(n-1)) off it: the second eigenvalue
    # is (1 - 1/(n-1)) / 2. Odd n: an edge is there with 1/n, the diagonal is (n+1)/(2n): 1/2.
    rounds = rounds_of(RandomMatching(), n)
    assert rounds.spectral_gap() == pytest.approx(1 - factor, abs=1e-15)
    mean = sum(rounds.at(number).matrix() for number in range(4000)) / 4000
    # The standard error of an entry is below 0.5 sqrt(1/4 / 4000) = 0.004; of the norm, sqrt(n) times that.
    assert 1 - spectral_gap(mean) == pytest.approx(factor, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 16, 7])
def test_a_matching_brings_models_together_by_the_gap_on_average(n):
    rounds = rounds_of(RandomMatching(), n)
    apart = np.random.default_rng(1).standard_normal((n, 50))
    apart -= apart.mean(axis=0)
    left = [np.linalg.norm(rounds.at(number).matrix() @ apart) ** 2 for number in range(2000)]
    # Each share is between 0 and 1: its standard error is below 0.5 / sqrt(2000) = 0.011.
    assert np.mean(left) / np.linalg.norm(apart) ** 2 == pytest.approx(1 - rounds.spectral_gap(), abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    "graph", [torus((20, 15)), hypercube(512), small_world(400, 4, 0.2, seed=0), nx.star_graph(299)]
)
def test_large_matrices_have_the_gap_of_the_full_ones(graph):
    # Found by the Lanczos method to 1e-10 of the largest eigenvalue.
    mixing = metropolis(graph)
    assert Periodic([mixing]).spectral_gap() == pytest.approx(spectral_gap(mixing.matrix()), abs=1e-9)


def test_large_matrices_that_are_not_symmetric_have_the_gap_of_the_full_ones():
    cycle = nx.cycle_graph(150, create_using=nx.DiGraph)
    period = [uniform(nx.disjoint_union(cycle, cycle)), metropolis(small_world(300, 6, 0.3, seed=0))]
    expected = spectral_gap(period[1].matrix() @ period[0].matrix())
    assert Periodic(period).spectral_gap() == pytest.approx(expected, abs=1e-9)


def test_where_the_gap_would_take_too_long_there_is_none():
    assert Periodic([metropolis(nx.path_graph(3000))]).spectral_gap() is None


def test_of_a_matrix_that_is_only_column_stochastic_the_gap_is_that_of_its_eigenvalues():
    # Star with uniform weights: rank 0 keeps 1/n and gives 1/n, others keep 1/2 and give 1/2. Vectors on the leaves
    # that sum to 0 have eigenvalue 1/2; the trace is 1/n + (n-1)/2, so that 1/n - 1/2 is left beside 1.
    assert rounds_of(Star(weights=Weights.uniform), 5).spectral_gap() == pytest.approx(1 / 2, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_the_complete_graph_averages_in_one_round(n):
    np.testing.assert_allclose(rounds_of(Complete(), n).at(0).matrix(), np.full((n, n), 1 / n), rtol=0, atol=1e-15)
    assert rounds_of(Complete(), n).spectral_gap() == pytest.approx(1.0, abs=1e-15)

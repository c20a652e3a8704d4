"""The base-(k+1) graph: the exact average of any number of ranks after few rounds of few messages."""

import math
from functools import cache, reduce

import networkx as nx
import numpy as np
import pytest

from topologies.communication.base_graph import BaseGraph, base_graph
from topologies.communication.complete import complete
from topologies.communication.hypercube import hypercube
from topologies.mixing import uniform

DEGREES = [1, 2, 3, 4, 5]
#: Every number of workers up to 130, the larger ones by `make slow`.
NUMBERS = [range(1, 41), pytest.param(range(41, 131), marks=pytest.mark.slow)]

period = cache(base_graph)


def prime_factors(number):
    """Those of a number, by trial."""
    for factor in range(2, number + 1):
        if number % factor == 0:
            return [factor, *prime_factors(number // factor)]
    return []


@pytest.mark.parametrize("numbers", NUMBERS, ids=str)
@pytest.mark.parametrize("k", DEGREES)
def test_every_round_is_symmetric_and_doubly_stochastic_and_of_degree_k(k, numbers):
    for workers in numbers:
        for mixing in period(workers, k):
            weights = mixing.matrix()
            np.testing.assert_array_equal(weights, weights.T)
            np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=0, atol=1e-15)
            assert weights.min() >= 0.0
            assert weights.diagonal().min() > 0.0
            assert max(mixing.senders) <= k
            assert all(list(column) == sorted(column) for column in mixing.columns)


@pytest.mark.parametrize("numbers", NUMBERS, ids=str)
@pytest.mark.parametrize("k", DEGREES)
def test_the_product_of_all_rounds_is_the_exact_average(k, numbers):
    for workers in numbers:
        product = reduce(lambda before, mixing: mixing.matrix() @ before, period(workers, k), np.eye(workers))
        np.testing.assert_allclose(product, np.full((workers, workers), 1 / workers), rtol=0, atol=1e-15)


@pytest.mark.parametrize("k", DEGREES)
def test_there_are_no_more_rounds_than_the_theorem_says(k):
    # Takezawa et al. 2023, theorem 1; and no fewer than it takes a rank to hear of all others, of k + 1 times as many
    # after each round: (k + 1)^m >= n.
    for workers in range(2, 131):
        rounds = len(period(workers, k))
        assert rounds <= 2 * math.log(workers, k + 1) + 2 + 1e-9
        assert (k + 1) ** rounds >= workers


@pytest.mark.parametrize(("workers", "k"), [(2, 1), (16, 1), (128, 1), (9, 2), (81, 2), (64, 3), (125, 4), (36, 5)])
def test_of_a_power_there_are_as_many_as_its_exponent(workers, k):
    assert len(base_graph(workers, k)) == round(math.log(workers, k + 1))


@pytest.mark.parametrize("k", DEGREES)
def test_of_a_number_that_is_rough_there_are_as_many_as_its_first_digit_says(k):
    # No prime factor up to k + 1, so that there are no parts. With n = a (k + 1)^p + ...: p rounds, and one more where
    # a > 1, within each group; one in which the largest gives; p within its blocks. The second group gives one round
    # later and has p' < p to spread, so that it is not later, and so on.
    for workers in range(2, 131):
        if min(prime_factors(workers)) <= k + 1:
            continue
        power = max(p for p in range(8) if (k + 1) ** p <= workers)
        several = workers >= 2 * (k + 1) ** power
        assert len(period(workers, k)) == power + several + 1 + power


@pytest.mark.parametrize(
    ("workers", "k", "rounds"),
    [
        (3, 1, 3),  # 2 + 1: a pair, the third gets its share, the pair again
        (5, 1, 5),  # 4 + 1: 2 + 1 + 2
        (6, 1, 4),  # two triples of 3 rounds each, and 1 that joins them, where 4 + 2 in groups would take 5
        (7, 1, 5),  # 4 + 2 + 1: 2 + 1 + 2
        (22, 1, 8),  # two elevens of 3 + 1 + 3, and 1
        (24, 1, 6),  # eight triples of 3, and 3
        (25, 1, 9),  # 16 + 8 + 1: 4 + 1 + 4
        (7, 2, 4),  # 2 * 3 + 1: 2 + 1 + 1
        (10, 2, 4),  # 9 + 1 in groups would take 2 + 1 + 2; two fives of 1 + 1 + 1, and 1
        (25, 4, 2),  # 5 * 5
        (8, 5, 2),  # 4 * 2
        (5, 4, 1),  # all talk to all
        (5, 9, 1),
    ],
)
def test_small_numbers_have_as_many_rounds_as_can_be_counted_by_hand(workers, k, rounds):
    assert len(base_graph(workers, k)) == rounds


def test_of_a_power_of_two_and_pairs_they_are_the_dimensions_of_the_hypercube():
    edges = [set(), set(), set()]
    for number, mixing in enumerate(base_graph(8, 1)):
        edges[number] |= {(rank, other) for rank, column in enumerate(mixing.columns) for other in column}
    for number in range(3):
        assert edges[number] == {(rank, other) for rank in range(8) for other in (rank, rank ^ 2**number)}
    assert nx.utils.graphs_equal(BaseGraph().graph(8), hypercube(8))


@pytest.mark.parametrize("workers", [2, 5, 6])
def test_with_enough_others_they_are_the_complete_graph(workers):
    (mixing,) = base_graph(workers, 5)
    assert mixing.columns == uniform(complete(workers)).columns


def test_the_last_of_five_gets_what_four_leave_it():
    # Pairs, and pairs of pairs, have made the averages m and x_4. Rank 4 gives rank 0 as much as it gets, 4/5: then it
    # has (4 m + x_4) / 5, the average of all; and rank 0 m / 5 + 4/5 x_4, so that all four have (4 m + x_4) / 5 on
    # average.
    exchange = base_graph(5, 1)[2].columns
    assert exchange[4] == pytest.approx({0: 4 / 5, 4: 1 / 5})
    assert exchange[0] == pytest.approx({0: 1 / 5, 4: 4 / 5})
    assert [sorted(exchange[rank]) for rank in (1, 2, 3)] == [[1, 2], [1, 2], [3]]


@pytest.mark.parametrize(("workers", "k"), [(1, 1), (11, 1), (97, 2), (1000, 1), (2003, 3)])
def test_the_gap_is_1_however_large(workers, k):
    rounds = BaseGraph(k).rounds(workers, np.random.default_rng(0))
    assert rounds.spectral_gap() == 1.0
    x = np.random.default_rng(1).standard_normal(workers)
    mean = x.mean()
    for mixing in base_graph(workers, k):
        after = np.zeros(workers)
        for rank, column in enumerate(mixing.columns):
            after[list(column)] += np.array(list(column.values())) * x[rank]
        x = after
    np.testing.assert_allclose(x, mean, rtol=0, atol=1e-13)


def test_the_graph_has_the_edges_of_all_rounds():
    graph, rounds = BaseGraph(2).graph(11), base_graph(11, 2)
    talked = {(rank, other) for mixing in rounds for rank, column in enumerate(mixing.columns) for other in column}
    assert set(graph.edges) == {(rank, other) for rank, other in talked if rank < other}


def test_of_too_many_workers_it_is_refused_before_it_is_built(refused):
    # 20 rounds of 2^19 pairs.
    message = "workers: 1048576 make 10485760 edges, more than the 5000000 that can be simulated; give fewer workers"
    with refused(message):
        BaseGraph().rounds(2**20, np.random.default_rng(0))

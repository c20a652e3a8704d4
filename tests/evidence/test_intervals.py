"""Intervals, comparisons and their correction, against scipy's and against definitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from sim.evidence.difference import compare, holm
from sim.evidence.interval import mean_interval
from sim.evidence.precision import INFLATION, LEAST, look, precise


def drawn(seed, n, cv=0.3):
    return np.random.default_rng(seed).normal(1.0, cv, n).tolist()


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_a_mean_has_students_interval(n):
    values = drawn(n, n)
    found, theirs = mean_interval(values), stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(values))
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert found.n == n


def test_one_value_has_no_interval():
    assert mean_interval([2.0]) == (2.0, None, None, 1)
    assert mean_interval([2.0]).half_width is None


@pytest.mark.parametrize("n", [2, 5, 30])
def test_runs_of_common_seeds_are_compared_in_pairs(n):
    noise = np.random.default_rng(n)
    first = dict(enumerate(drawn(0, n)))
    second = {seed: value + noise.normal(0.1, 0.02) for seed, value in first.items()} | {99: 7.0}
    found = compare(first, second)
    theirs = stats.ttest_rel([second[seed] for seed in first], list(first.values()))
    assert found.paired
    assert found.n == n  # seed 99 has no partner
    assert found.p == pytest.approx(theirs.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert found.told_apart is bool(theirs.pvalue < 0.05)


def test_runs_of_other_seeds_are_compared_as_independent():
    first, second = dict(enumerate(drawn(1, 6))), dict(enumerate(drawn(2, 9), start=50))
    found = compare(first, second)
    theirs = stats.ttest_ind(list(second.values()), list(first.values()), equal_var=False)
    assert not found.paired
    assert found.p == pytest.approx(theirs.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    wins = [a < b for a in first.values() for b in second.values()]
    assert found.smaller == pytest.approx(np.mean(wins))


def test_what_is_always_the_same_difference_is_certain_and_none_is_none():
    first = {1: 1.0, 2: 2.0, 3: 3.0}
    later = compare(first, {seed: value + 1.0 for seed, value in first.items()})
    assert (later.effect, later.low, later.high, later.p, later.smaller, later.told_apart) == (1, 1, 1, 0, 1, True)
    same = compare(first, first)
    assert (same.effect, same.p, same.smaller, same.told_apart) == (0.0, 1.0, 0.5, False)
    constant = compare({1: 1.0, 2: 1.0}, {3: 2.0, 4: 2.0})
    assert (constant.low, constant.p, constant.told_apart) == (1.0, 0.0, True)


def test_one_seed_tells_nothing_apart():
    found = compare({0: 1.0}, {0: 2.0})
    assert (found.effect, found.low, found.p, found.told_apart, found.paired) == (1.0, None, None, None, True)
    assert compare({0: 1.0}, {1: 2.0, 2: 3.0}).told_apart is None


def test_holms_correction_is_the_closed_testing_of_bonferroni():
    # A hypothesis is rejected at level a exactly if every set of hypotheses that has it is rejected by Bonferroni.
    values = np.random.default_rng(3).beta(0.3, 3.0, 5).tolist()
    for index, corrected in enumerate(holm(values)):
        sets = (
            [values[each] for each in chosen]
            for size in range(1, 6)
            for chosen in itertools.combinations(range(5), size)
            if index in chosen
        )
        assert corrected == pytest.approx(min(1.0, max(len(each) * min(each) for each in sets)))
    assert holm([]) == []


def test_replication_stops_when_the_inflated_interval_is_narrow_enough():
    values = drawn(4, 40, cv=0.05)
    n = next(n for n in range(1, 41) if precise(values[:n], 0.05))
    assert n >= LEAST
    assert look(values[:n]).half_width == pytest.approx(INFLATION * mean_interval(values[:n]).half_width)
    assert look(values[:n]).half_width <= 0.05 * look(values[:n]).value
    assert not precise([1.0, 1.0, 1.0, 1.0], 0.05)  # however close they are
    assert not precise([math.inf] * 9, 0.05)

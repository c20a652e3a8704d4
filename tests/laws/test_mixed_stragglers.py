"""Slow workers, slow moments and slow gradients at once: mean, variance, shares and correlation are those asked for."""

import math
from itertools import islice

import numpy as np
import pytest
from experiments import option
from on_the_clock import on_the_clock
from refusals import refused
from scipy import stats

from sim.stragglers.arta import pareto_phi
from sim.stragglers.shares import barrier_factor, shares
from topologies.field_error import FieldError

SEEDS, STEPS, WORKERS = 100, 128, 40
CASES = [
    "mixed",
    "mixed cv=0.9 worker_share=0.54 step_share=0.09 correlation=0.5",
    "mixed cv=0.05 worker_share=0 step_share=0.9 correlation=0.8",
    "mixed cv=0.2 worker_share=0.5 step_share=0.2 tail=pareto shape=4",
    "mixed cv=0.4 worker_share=0.2 step_share=0.1 correlation=0 tail=pareto shape=6",
]


def law(words):
    return option("straggler", words)


def first(words, workers=WORKERS, count=STEPS, seed=0):
    """The first multipliers of every worker ``[count, workers]``, as `shares` has them."""
    return np.array([list(islice(each, count)) for each in law(words).of_workers(workers, seed)]).T


@pytest.fixture(scope="module", params=[CASES[0], *(pytest.param(each, marks=pytest.mark.slow) for each in CASES[1:])])
def drawn(request):
    """A law, and its multipliers by many seeds ``[seeds, steps, workers]``: each seed has its workers and its steps."""
    return law(request.param), np.array([first(request.param, seed=seed) for seed in range(SEEDS)])


def assert_mean(found, expected):
    """Whether the mean over seeds is this one: within 5 of its standard errors."""
    assert len(found) == SEEDS
    assert np.mean(found) == pytest.approx(expected, abs=5 * np.std(found) / math.sqrt(SEEDS))


@pytest.mark.slow
def test_the_mean_is_1_and_the_variance_cv_2(drawn):
    one, found = drawn
    assert (found > 0).all()
    assert_mean(found.mean(axis=(1, 2)), 1)
    assert_mean(((found - 1) ** 2).mean(axis=(1, 2)), one.cv**2)


def test_a_worker_s_next_gradient_is_correlated_with_this_one_as_asked(drawn):
    # E (t' - 1)(t - 1) = v_w + r (v_s + v_x) of one worker, and v_s alone of two workers at the same step.
    one, found = drawn
    about, rest = found - 1, 1 - one.worker_share
    expected = one.cv**2 * (one.worker_share + one.correlation * rest)
    assert_mean((about[:, 1:] * about[:, :-1]).mean(axis=(1, 2)), expected)
    assert_mean((about[:, :, 1:] * about[:, :, :-1]).mean(axis=(1, 2)), one.cv**2 * one.step_share)
    assert_mean((about[:, 1:, 1:] * about[:, :-1, :-1]).mean(axis=(1, 2)), one.cv**2 * one.step_share * one.correlation)


def test_the_shares_come_back(drawn):
    # The mean of K steps of a part varies a = (K + 2 sum (K - k) r^k) / K^2 as much as one. Sums of squares over R K
    # have the expectations (1 - 1/R) (v_w + a v_x), (1 - a) (v_s + v_x / R) and (1 - a) (1 - 1/R) v_x: what a table of
    # R workers and K steps takes for the worker's and the step's. A correlation of lag k is below r^k of turned scores,
    # by so little that a is right to a tenth.
    one, found = drawn
    lags = np.arange(1, STEPS)
    a = (STEPS + 2 * ((STEPS - lags) * one.correlation**lags).sum()) / STEPS**2
    worker, step = one.worker_share, one.step_share
    rest = 1 - worker - step
    expected = one.cv**2 * np.array(
        [(1 - 1 / WORKERS) * (worker + a * rest), (1 - a) * (step + rest / WORKERS), (1 - a) * (1 - 1 / WORKERS) * rest]
    )
    squares = np.array([np.array(shares(each)[:3]) * each.var() for each in found])
    error = 5 * squares.std(axis=0) / math.sqrt(SEEDS) + 0.1 * a * one.cv**2
    np.testing.assert_array_less(np.abs(squares.mean(axis=0) - expected), error)


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["lognormal", "pareto shape=4"])
def test_a_long_trace_of_many_workers_has_the_shares_asked_for(tail):
    # 300 workers and 3000 steps: 300 draws of a worker, and 3000 (1 - r) / (1 + r) = 530 or so of a step.
    found = first(f"mixed cv=0.1 tail={tail}", 300, 3000)
    which = shares(found)
    # 5 standard errors of a variance of n numbers that are about normal, 2^(1/2) n^(-1/2) of it.
    assert which.worker == pytest.approx(0.3, abs=5 * 0.3 * math.sqrt(2 / 300))
    assert which.step == pytest.approx(0.2, abs=5 * 0.2 * math.sqrt(2 / 530))
    assert which.correlation == pytest.approx(0.7, abs=0.02)
    assert found.std() == pytest.approx(0.1, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["lognormal", "pareto shape=5"])
def test_each_gradient_s_own_part_has_exactly_its_distribution_and_correlation(tail):
    # A part that has the whole variance is all there is: log-normal with this cv, or 1 + b (P - 1) with P pareto of
    # mean 1, whose variance 1 / (a (a - 2)) makes b = cv (a (a - 2))^(1/2).
    words = f"mixed cv=0.3 worker_share=0 step_share=0 tail={tail}"
    found = first(words, 1, 1_000_000)[:, 0]
    assert np.corrcoef(found[:-1], found[1:])[0, 1] == pytest.approx(0.7, abs=0.01)
    apart = found[::50]  # 0.7^50 is no correlation
    if tail == "lognormal":
        s = math.sqrt(math.log1p(0.09))
        expected = stats.lognorm(s, scale=math.exp(-(s**2) / 2))
    else:
        b = 0.3 * math.sqrt(15)
        expected = stats.pareto(5, loc=1 - b, scale=b * 4 / 5)
    assert stats.kstest(apart, expected.cdf).pvalue > 1e-3


def test_without_correlation_all_variance_left_is_the_lognormal_law():
    s = math.sqrt(math.log1p(0.25))
    found = first("mixed cv=0.5 worker_share=0 step_share=0 correlation=0", 1, 100_000)[:, 0]
    assert stats.kstest(found, stats.lognorm(s, scale=math.exp(-(s**2) / 2)).cdf).pvalue > 1e-3


@pytest.mark.parametrize("shape", [2.05, 2.5, 4.0])
def test_the_scores_of_pareto_times_are_more_correlated_than_the_times(shape):
    # 0 stays 0, no turned sequence is more correlated than its scores (Lancaster 1957), and none is at phi = 1.
    phis = [pareto_phi(shape, correlation) for correlation in (0.0, 0.3, 0.6, 0.9)]
    assert phis[0] == 0.0
    assert phis == sorted(phis)
    assert all(r < phi < 1 for r, phi in zip((0.3, 0.6, 0.9), phis[1:], strict=True))


def test_a_slow_step_is_slow_for_all_and_a_slow_worker_stays_slow():
    steps = first("mixed worker_share=0 step_share=1", 5, 1000)
    np.testing.assert_array_equal(steps, np.repeat(steps[:, :1], 5, axis=1))
    assert len(np.unique(steps)) == 1000
    workers = first("mixed worker_share=1 step_share=0", 5, 1000)
    np.testing.assert_array_equal(workers, np.repeat(workers[:1], 1000, axis=0))
    assert len(np.unique(workers)) == 5


def test_where_all_variance_is_the_step_s_a_barrier_costs_nothing():
    assert barrier_factor(first("mixed worker_share=0 step_share=1", 5, 1000)) == pytest.approx(1, rel=1e-12)


def test_where_all_variance_is_the_worker_s_every_update_takes_the_slowest():
    words = "mixed worker_share=1 step_share=0 cv=0.5"
    slowest = first(words, 8, 1).max()
    assert on_the_clock("hardsync", 8, 50, straggler=words).summary.virtual_seconds == pytest.approx(50 * slowest)


@pytest.mark.parametrize("words", ["mixed cv=0", "mixed cv=1e-200"])
def test_without_variation_there_are_no_stragglers(words):
    assert (first(words, 3, 20) == 1).all()


def test_each_seed_has_its_workers_and_its_steps():
    assert (first("mixed", 3, 20) != first("mixed", 3, 20, seed=1)).all()
    np.testing.assert_array_equal(first("mixed", 3, 20), first("mixed", 6, 20)[:, :3])


def test_all_parts_have_one_spread_and_so_a_pareto_tail_has_a_largest_cv():
    # Each part by itself has cv (0.3^.5 + 0.2^.5 + 0.5^.5) = 1.702 cv, a pareto tail at most (a / (a - 2))^.5.
    law("mixed cv=0.6 tail=pareto shape=4")
    with refused(
        "cv: each part would have a cv of 1.53 by itself, with straggler.cv=0.9, and positive times whose tail is "
        "pareto with shape 4 have one below 1.41; give a smaller cv, a smaller shape, or straggler.tail=lognormal"
    ):
        law("mixed cv=0.9 tail=pareto shape=4")


def test_workers_with_means_have_them_and_scatter_about_them_as_asked():
    # Means of 3, 1, 1 and 1 are 2, 2/3, 2/3 and 2/3 of their mean. Each worker's time has a cv of 0.2, and two workers
    # have in common the step's share of it: their relative times are correlated by that share.
    words = "mixed cv=0.2 worker_share=0 step_share=0.4 correlation=0.5 means=[3,1,1,1]"
    found = np.array([first(words, 4, 2000, seed) for seed in range(20)])
    means = np.array([2, 2 / 3, 2 / 3, 2 / 3])
    np.testing.assert_allclose(found.mean(axis=(0, 1)), means, rtol=5 * 0.2 * math.sqrt(3 / 40_000))
    about = found / means - 1
    np.testing.assert_allclose((about**2).mean(axis=(0, 1)), 0.04, rtol=0.05)
    common = (about[..., 0] * about[..., 1]).mean() / 0.04
    # 5 standard errors of a correlation: 40 000 pairs, of which (1 - 0.25) / (1 + 0.25) are independent of each other.
    assert common == pytest.approx(0.4, abs=5 / math.sqrt(40_000 * 0.6))
    assert [law(words).mean(rank) for rank in range(4)] == pytest.approx(means)


def test_means_without_a_scatter_are_a_slow_node():
    # Every update waits for the worker that takes 4 s, beside three of 2 s: 4 / 2.5 of the mean, which is 1 s.
    words = "mixed cv=0 worker_share=0 step_share=0 means=[4,2,2,2]"
    assert on_the_clock("allreduce", 4, 50, straggler=words).summary.virtual_seconds == pytest.approx(50 * 4 / 2.5)


def test_means_are_of_every_worker_and_of_none_that_is_drawn():
    with refused("straggler.means: are of 3 workers, got workers=4; give one for each"):
        on_the_clock("allreduce", 4, 5, straggler="mixed worker_share=0 means=[1,1,2]")
    with refused("worker_share: is of workers that are drawn, got 0.3 beside means; give 0"):
        law("mixed means=[1,1,2]")
    with pytest.raises(FieldError, match=r"^means: must be above 0 and at most 1e\+12, got -1"):
        law("mixed worker_share=0 means=[1,-1,2]")

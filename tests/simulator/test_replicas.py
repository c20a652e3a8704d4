"""Several seeds as one result."""

import math

import pytest
from experiments import simulated

from sim.streams import replica_seed


def run(replicas, seed=5, **fields):
    common = {"workers": 3, "problem": "quadratic", "straggler": "exponential", "until": "updates=30"}
    return simulated(seed=seed, replicas=replicas, **common | fields)


def test_a_replica_is_the_run_of_its_seed():
    together = run(2)
    assert together.metrics == run(1, seed=5).metrics + run(1, seed=replica_seed(5, 1)).metrics


def test_replicas_of_a_sweep_over_seeds_are_all_different():
    # Five replicas of seeds 0, 1 and 2 are fifteen runs; the first of each is the run of that seed.
    seeds = [sorted({metric.seed for metric in run(5, seed=seed).metrics}) for seed in (0, 1, 2)]
    assert [each[0] for each in seeds] == [0, 1, 2]
    assert len({seed for each in seeds for seed in each}) == 15


def test_seeds_of_replicas_are_spread_over_all_that_a_table_keeps():
    # Of 10 000 numbers drawn from 2^53 two are equal with a chance of 10^8 / 2^54 = 6e-9; their mean is within
    # 4 / sqrt(12 * 10 000) of the middle.
    seeds = [replica_seed(seed, replica) for seed in range(100) for replica in range(1, 101)]
    assert len(set(seeds)) == 10_000
    assert min(seeds) >= 0
    assert max(seeds) < 2**53
    assert sum(seeds) / len(seeds) / 2**53 == pytest.approx(0.5, abs=0.0115)


def test_figures_are_means_with_the_half_width_of_their_confidence_interval():
    together = run(2).summary
    a, b = (run(1, seed=seed).summary.final_test_loss for seed in (5, replica_seed(5, 1)))
    assert together.final_test_loss == pytest.approx((a + b) / 2)
    # Student's t with one degree of freedom has the 0.975 quantile tan(pi (0.975 - 1/2)) = 12.706; s = |a - b|/sqrt(2).
    half = math.tan(math.pi * 0.475) * abs(a - b) / 2
    assert together.ci95["final_test_loss"] == pytest.approx(half)
    assert together.ci95["updates"] == 0.0


def test_staleness_is_counted_over_all_replicas():
    assert sum(run(3).staleness.values()) == 90


def test_facts_are_not_averaged():
    summary = run(2).summary
    assert (summary.seed, summary.workers, summary.protocol) == (5, 3, "async_ps")
    assert not {"seed", "workers", "batch"} & summary.ci95.keys()


def test_the_mean_of_runs_that_diverge_is_not_a_number_and_says_so():
    summary = run(2, optimizer="sgd lr=1e200").summary
    assert summary.status == "diverged"
    assert summary.final_test_loss is None


def test_a_loss_whose_square_is_no_number_has_an_endless_interval():
    # After 30 updates of this lr the loss is between 1e154 and 1e308: finite, but not its square.
    summary = run(2, optimizer="sgd lr=1e6", until="updates=30 diverged_factor=None").summary
    assert summary.status == "completed"
    assert math.isfinite(summary.final_test_loss)
    assert math.isinf(summary.ci95["final_test_loss"])

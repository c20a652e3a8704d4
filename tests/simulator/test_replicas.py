"""Several seeds as one result."""

import math

import pytest
from experiments import simulated


def run(replicas, seed=5, **fields):
    common = {"workers": 3, "problem": "quadratic", "straggler": "exponential", "until": "updates=30"}
    return simulated(seed=seed, replicas=replicas, **common | fields)


def test_a_replica_is_the_run_of_its_seed():
    together = run(2)
    assert together.metrics == run(1, seed=5).metrics + run(1, seed=6).metrics


def test_figures_are_means_with_the_half_width_of_their_confidence_interval():
    together = run(2).summary
    a, b = (run(1, seed=seed).summary.final_test_loss for seed in (5, 6))
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

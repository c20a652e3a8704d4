"""A run has diverged when its loss is many times that of its start, or when that of a worker's own model is."""

import math

import numpy as np
import pytest
from experiments import simulated

from sim.streams import replica_seed


def run(protocol="hardsync", **words):
    common = {"workers": 4, "batch": 1, "network": "ideal", "workload": "synthetic seconds=1 bytes=8"}
    return simulated(protocol, **common | {"problem": "quadratic dim=8 noise=0", "record": "every_updates=1"} | words)


def ring_of_8(order, **words):
    return run(
        f"dpsgd order={order}", workers=8, problem="quadratic dim=8 noise=0.01", optimizer="sgd lr=0.72", **words
    )


def test_workers_whose_mean_converges_have_diverged_when_they_have():
    # dpsgd in Lian's order: x_j <- sum_k W_jk x_k - a h x_j - a noise. On a ring of 8 the eigenvalues of W are
    # 1/3 + 2/3 cos(2 pi k / 8); the mean (1) shrinks by 1 - 0.72 an update, the mode of signs in turn (-1/3) grows by
    # |-1/3 - 0.72|. Both are in the evaluations, but for the noise, and so is the end: the losses of the workers' own
    # models are many times that of the start, while that of their mean is none.
    result = ring_of_8("lian", until="updates=4000")
    distances = np.array([metric.consensus_distance for metric in result.metrics])
    assert (distances[-1] / distances[-101]) ** 0.01 == pytest.approx(1 / 3 + 0.72, rel=1e-3)
    summary = result.summary
    assert summary.status == "diverged"
    assert summary.final_train_loss < 1e-3
    # Noticed one evaluation after the first loss beyond 1000 times that of the start, 4: at the latest, at the end,
    # the loss is (1 + a h - 2/3)^2 = 1.11 times as large.
    assert 4000 < summary.worst_worker_loss < 4000 * (1 / 3 + 0.72) ** 4
    assert summary.mean_worker_loss == pytest.approx(distances[-1] ** 2 / 2, rel=1e-6)


def test_the_other_order_does_not_diverge_at_the_same_rate():
    # adapt_then_combine: x <- W (x - a g); every mode is multiplied by its eigenvalue times 1 - 0.72.
    summary = ring_of_8("adapt_then_combine", until="updates=400").summary
    assert summary.status == "completed"
    assert summary.worst_worker_loss < 1e-3


@pytest.mark.parametrize("protocol", ["dpsgd", "local_sgd period=3", "gossip_pull", "adpsgd", "sgp"])
def test_workers_own_losses_exceed_that_of_their_mean_by_half_the_squared_distance(protocol):
    # On a quadratic f = h/2 |x|^2: the mean over workers of f(x_k) is f(mean x) + h/2 times the mean of
    # |x_k - mean x|^2, the square of the consensus distance.
    summary = run(protocol, problem="quadratic dim=8 curvature=2", optimizer="sgd lr=0.1", until="updates=20").summary
    distance = summary.consensus_distance
    assert distance > 0
    assert summary.mean_worker_loss == pytest.approx(summary.final_train_loss + distance**2, rel=1e-12)
    assert summary.mean_worker_loss <= summary.worst_worker_loss < 4 * summary.mean_worker_loss + 1e-12


def test_workers_that_share_a_model_have_its_loss_for_their_own():
    summary = run("allreduce", problem="digits_softmax", until="updates=5").summary
    assert summary.mean_worker_loss == summary.worst_worker_loss == summary.final_train_loss
    assert summary.consensus_distance == 0.0


def test_where_workers_have_no_models_of_their_own_nothing_is_said_of_them():
    summary = run(until="updates=5").summary
    assert (summary.mean_worker_loss, summary.worst_worker_loss, summary.consensus_distance) == (None, None, None)


@pytest.mark.parametrize(("factor", "updates"), [("1e3", 6), ("10", 3), ("4", 3), ("None", 30)])
def test_a_loss_so_many_times_that_of_the_start_is_divergence(factor, updates):
    # Without noise |x|^2 grows by (1 - 3)^2 = 4 an update: the loss is beyond 1000 times that of the start after 5
    # updates, beyond 10 times, or beyond 4 times but not at it, after 2; and it is noticed one evaluation later.
    summary = run(optimizer="sgd lr=3", until=f"updates=30 diverged_factor={factor}").summary
    assert (summary.updates, summary.status) == (updates, "completed" if factor == "None" else "diverged")


def test_divergence_is_no_matter_of_when_the_run_ends():
    # As above; the fifth update is the last.
    assert run(optimizer="sgd lr=3", until="updates=5").summary.status == "diverged"
    assert run(optimizer="sgd lr=3", until="updates=4").summary.status == "completed"


def test_a_run_that_stalls_at_a_high_loss_has_not_diverged():
    # |x| is multiplied by 1 - 2: the loss stays.
    result = run(optimizer="sgd lr=2", until="updates=50", problem="quadratic dim=8 noise=0 start=1e6")
    assert result.summary.status == "completed"
    assert result.summary.final_train_loss == result.metrics[0].train_loss == 4e12


@pytest.mark.parametrize("start", [0.0, 1e-9])
def test_noise_that_moves_a_model_off_its_optimum_is_no_divergence(start):
    # SGD of step a has E|x|^2 = a s^2 d / (h (2 - a h)) in the end, here 1.9 / 0.1 times d: a loss of 76 after one
    # of 0. The scale is that of a = 1 / h: s^2 d / (2 h) = 4.
    problem = f"quadratic dim=8 noise=1 start={start}"
    summary = run("hardsync", workers=1, problem=problem, optimizer="sgd lr=1.9", until="updates=400").summary
    assert summary.status == "completed"
    assert 10 < summary.final_train_loss < 4000
    diverging = run("hardsync", workers=1, problem=problem, optimizer="sgd lr=2.5", until="updates=400").summary
    assert diverging.status == "diverged"


def test_without_any_scale_only_what_is_no_number_has_diverged():
    problem = "quadratic dim=8 noise=0 start=0"
    assert run(problem=problem, optimizer="sgd lr=3", until="updates=50").summary.status == "completed"


@pytest.mark.slow
def test_a_regression_that_diverges_says_so():
    summary = simulated("dpsgd", problem="diabetes", optimizer="sgd lr=0.2").summary
    assert summary.status == "diverged"
    assert math.isfinite(summary.worst_worker_loss)


def test_figures_of_replicas_are_of_those_that_have_not_diverged():
    # lr = 2.01 multiplies |x| by -1.01 an update, and noise decides how far it gets in 300: to about 1000 times the
    # start, or not. The mean is that of the runs of the seeds that have not diverged, and so is the interval.
    words = {"problem": "quadratic dim=1 noise=1 start=0", "workers": 1, "optimizer": "sgd lr=2.01"}
    words["until"] = "updates=300 diverged_factor=2e4"
    alone = [run(seed=replica_seed(0, i), replicas=1, **words).summary for i in range(8)]
    together = run(seed=0, replicas=8, **words).summary
    good = [summary.final_train_loss for summary in alone if summary.status == "completed"]
    assert 2 <= len(good) <= 6
    assert (together.status, together.diverged_replicas) == ("diverged", 8 - len(good))
    assert together.final_train_loss == pytest.approx(np.mean(good), rel=1e-12)
    assert together.updates == 300
    assert together.ci95["final_train_loss"] > 0

"""When a run is measured and when it ends."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, experiment, simulated

from kernels.tape.measures import MEASURES
from sim.cluster.blueprint import Blueprint
from sim.measuring.evaluation_points import Every
from sim.simulate import simulate
from sim.tape.tape import Evaluation


def run(protocol="async_ps", **fields):
    common = {"workers": 4, "network": "ideal", "workload": "synthetic seconds=1 bytes=8", "problem": "quadratic"}
    return simulated(protocol, **common | fields)


def test_every_says_yes_once_for_each_multiple_passed():
    every = Every(2.5)
    assert [every.passed(value) for value in (1, 2.5, 3, 4.9, 10, 10, 12.4)] == [
        False, True, False, False, True, False, False,
    ]  # fmt: skip


def test_a_run_ends_at_the_update_asked_for():
    summary = run("hardsync", until="updates=10").summary
    assert (summary.updates, summary.gradients, summary.virtual_seconds) == (10, 40, 10.0)
    # Four first pulls of 8 B, ten rounds of four pushes, nine of four replies: the run ends with the last update.
    assert summary.bytes_sent == 8 * 4 * (1 + 10 + 9)


def test_a_run_ends_at_the_virtual_second_asked_for():
    summary = run("hardsync", until="seconds=7.5").summary
    assert (summary.updates, summary.virtual_seconds) == (7, 7.5)


def test_a_run_ends_after_the_epochs_asked_for():
    # 4 workers of batch 36 make 10 updates an epoch of 1440.
    summary = run("hardsync", until="epochs=2", problem="digits_softmax", batch=36).summary
    assert (summary.updates, summary.epochs) == (20, 2.0)


def test_whichever_limit_comes_first_ends_the_run():
    assert run("hardsync", until="updates=50 seconds=3.5").summary.updates == 3


def test_a_run_without_a_limit_ends_after_100_epochs():
    assert run("hardsync", problem="none samples=128").summary.epochs == 100.0


def test_a_run_without_a_limit_on_a_problem_without_epochs_ends_after_1000_updates():
    assert run("hardsync").summary.updates == 1000


def test_a_target_ends_the_run_at_the_first_evaluation_that_reaches_it():
    # Without noise |x|^2 shrinks by (1 - 0.5)^2 per update from 10: the loss 10/2 4^-n is first below 1e-3 at n = 7.
    result = run(
        "hardsync",
        problem="quadratic noise=0",
        optimizer="sgd lr=0.5",
        until="target_loss=1e-3",
        record="every_updates=1",
    )
    summary = result.summary
    assert (summary.status, summary.updates_to_target, summary.seconds_to_target) == ("target_reached", 7, 7.0)
    assert result.metrics[-1].test_loss == 5 * 4.0**-7


def test_a_target_that_is_not_reached_is_a_completed_run_without_one():
    summary = run(until="updates=3 target_loss=1e-9").summary
    assert (summary.status, summary.seconds_to_target) == ("completed", None)


def test_an_accuracy_target_is_compared_with_the_test_accuracy():
    result = run(problem="digits_softmax", batch=32, until="target_accuracy=0.8", record="every_updates=5")
    accuracies = [metric.test_accuracy for metric in result.metrics]
    assert result.summary.status == "target_reached"
    assert accuracies[-1] >= 0.8 > max(accuracies[:-1])


def test_a_run_that_diverges_ends_as_diverged_with_everything_recorded():
    result = run("hardsync", optimizer="sgd lr=1e60", until="updates=1000", record="every_updates=1")
    losses = [metric.test_loss for metric in result.metrics]
    assert result.summary.status == "diverged"
    assert losses[0] == 5.0
    assert losses[-1] > 1e100
    assert result.summary.updates < 20


def test_divergence_at_the_very_end_is_noticed():
    assert run(optimizer="sgd lr=1e200", until="updates=2").summary.status == "diverged"


def test_a_loss_on_the_test_samples_alone_that_is_not_finite_is_divergence(monkeypatch):
    whole = Evaluation.watched

    def watched(self):
        return np.where(np.arange(MEASURES) == 2, np.inf, whole(self))

    monkeypatch.setattr(Evaluation, "watched", watched)
    assert run(until="updates=1000", record="every_updates=1").summary.updates < 20


def test_evaluations_come_every_so_many_updates_and_at_both_ends():
    metrics = run(until="updates=10", record="every_updates=4").metrics
    assert [metric.updates for metric in metrics] == [0, 4, 8, 10]


def test_evaluations_come_every_so_many_seconds():
    metrics = run(until="seconds=10", record="every_seconds=2.5").metrics
    assert [metric.seconds for metric in metrics] == [0.0, 2.5, 5.0, 7.5, 10.0]


@pytest.mark.parametrize("until", ["updates=500", "seconds=250"])
def test_about_a_hundred_evaluations_are_made_unless_asked_otherwise(until):
    assert 100 <= len(run(until=until).metrics) <= 103


def test_updates_of_workers_with_models_of_their_own_are_steps_that_all_have_taken():
    # One worker takes 4 s a step: when it has taken 10 steps the others have taken 39 and are about to end another.
    summary = run("local", straggler="slow_node factor=4", until="updates=10").summary
    assert (summary.updates, summary.virtual_seconds, summary.gradients) == (10, 40.0, 10 + 3 * 39)


def test_what_is_evaluated_is_the_mean_of_models_after_the_same_step():
    # Without noise every worker's model after n steps is 0.9^n, however far the fast ones are ahead.
    result = run(
        "local",
        problem="quadratic dim=1 noise=0",
        optimizer="sgd lr=0.1",
        straggler="slow_node factor=4",
        until="updates=5",
        record=EVERY_UPDATE,
    )
    np.testing.assert_allclose(result.trajectory.x[:, 0], 0.9 ** np.arange(6), rtol=1e-15)
    assert [metric.consensus_distance for metric in result.metrics] == [0.0] * 6


def test_decentralised_workers_have_a_consensus_distance_and_a_server_has_none():
    apart = run("dpsgd", until="updates=5").metrics[-1].consensus_distance
    assert apart > 0
    assert run("async_ps", until="updates=5").metrics[-1].consensus_distance is None


def test_time_is_split_into_computing_communicating_and_waiting():
    # One slow worker of 4 s: the three others wait 3 s of 4.
    summary = run("hardsync", straggler="slow_node factor=4", until="updates=5").summary
    assert summary.compute_fraction == pytest.approx((4 + 3) / 16)
    assert summary.wait_fraction == pytest.approx(9 / 16)
    assert summary.communicate_fraction == 0.0


def test_progress_is_reported_with_the_share_that_is_done():
    seen = []
    asked = experiment(workers=2, problem="none", until="updates=1024")
    simulate(asked, lambda seconds, share: seen.append((seconds, share)))
    assert [share for _, share in seen] == [0.25, 0.5, 0.75]
    assert seen == sorted(seen)


def test_spans_are_kept_on_request():
    result = run("hardsync", until="updates=3", record="spans=true")
    assert result.spans.worker.tolist() == [0, 1, 2, 3] * 3
    assert run(until="updates=3").spans is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"workers": 0}, "workers: must be at least 1 and at most 1000000, got 0"),
        ({"batch": 0}, "batch: must be at least 1 and at most 1000000, got 0"),
        ({"seed": -1}, "seed: must be at least 0 and at most 4611686018427387904, got -1"),
        (
            {"problem": "none", "until": "target_loss=0.1"},
            "until.target_loss: problem=none learns nothing, got 0.1; choose a problem or another limit",
        ),
        (
            {"until": "epochs=1"},
            "until.epochs: quadratic has no training set to count epochs of; use until.updates",
        ),
        (
            {"until": "target_accuracy=0.9"},
            "until.target_accuracy: quadratic has no accuracy, got 0.9; use until.target_loss",
        ),
        (
            {"replicas": 2, "record": "spans=true"},
            "record.spans: is kept of one replica only, not of 2; use replicas=1",
        ),
    ],
)
def test_an_experiment_that_does_not_fit_together_is_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Blueprint(experiment(**{"problem": "quadratic"} | fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"workers": 1_000_000}, "workers: 1000000 need 138 GB for their models and gradients"),
        ({"problem": "digits_softmax hidden=[1000000000]"}, "workers: 8 need 4800 GB for their models and gradients"),
        ({"problem": "quadratic dim=10000000000000"}, "workers: 8 need 1280000 GB for their models and gradients"),
        (  # 16 vectors of the workers; 4 + 2 + 1 centres of 3 shards: 37 of 8e13 B
            {"problem": "quadratic dim=10000000000000", "protocol": "easgd_tree fan_out=2", "server": "shards=3"},
            "workers: 8 need 2960000 GB for their models and gradients and those of their centres",
        ),
        (
            {"record": "every_seconds=1e-12"},
            "record.every_seconds: 1e-12 makes more than 100 evaluations during one gradient of 0.000157",
        ),
        (
            {"device": "cpu_core overhead_seconds=0 peak_flops=1e300"},
            "device.overhead_seconds: a gradient would take 5.48864e-294 s, less than 1e-09; give it an overhead",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused_at_once(fields, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        simulated(until="updates=1", **fields)


def test_a_network_with_too_few_hosts_is_refused_before_anything_is_simulated():

    message = r"^network.hosts: 9 are needed, but the switch has 8; give 9 or more, .* \(workers=8 and a server\)$"
    with pytest.raises(ValueError, match=message):
        simulated(workers=8, network="single_switch hosts=8")

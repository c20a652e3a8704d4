"""Laws of local SGD: what models are averaged, when, and what it costs."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated
from on_the_clock import on_the_clock
from quadratic_gradients import Gradients

QUADRATIC = "quadratic dim=20 curvature=0.7 noise=2"


def run(protocol, updates=24, **fields):
    common = {"record": EVERY_UPDATE, "straggler": "exponential", "workers": 6, "until": f"updates={updates}"}
    return simulated(protocol, **common | fields)


def trajectory(protocol, **fields):
    return run(protocol, **fields).trajectory.x


@pytest.mark.parametrize("period", [1, 2, 3, 7, 100])
def test_the_mean_on_identical_quadratics_is_the_synchronous_trajectory(period):
    # The gradient is linear, so the mean model obeys x <- x - lr (h x + mean noise), whenever models are averaged.
    local = trajectory(f"local_sgd period={period}", problem=QUADRATIC)
    synchronous = trajectory("allreduce", problem=QUADRATIC)
    np.testing.assert_allclose(local, synchronous, rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05", "adam"])
def test_without_local_steps_it_is_allreduce_bit_for_bit(optimizer):
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": optimizer}
    local, synchronous = run("local_sgd period=1", **fields), run("allreduce", **fields)
    np.testing.assert_array_equal(local.trajectory.x, synchronous.trajectory.x)
    assert local.metrics == synchronous.metrics


def test_without_local_steps_even_a_run_that_counts_epochs_ends_like_allreduce():
    fields = {"workers": 5, "until": "epochs=3", "straggler": "exponential"}
    local = simulated("local_sgd period=1", **fields)
    assert local.metrics == simulated("allreduce", **fields).metrics


@pytest.mark.parametrize("workers", [2, 5])
@pytest.mark.parametrize("period", [2, 3])
def test_averaging_models_after_every_period_is_the_algorithm(workers, period):
    # Stich 2019, Algorithm 1, with heavy-ball momentum that stays local.
    optimizer = "momentum lr=0.1 momentum=0.8"
    fields = {"workers": workers, "problem": QUADRATIC, "optimizer": optimizer, "seed": 5}
    found = trajectory(f"local_sgd period={period}", **fields)
    gradient = Gradients(QUADRATIC, seed=5, batch=32)
    x = np.tile(gradient.initial, (workers, 1))
    velocity = np.zeros_like(x)
    expected = [gradient.initial]
    for step in range(24):
        velocity = 0.8 * velocity + [gradient(rank, step, x[rank]) for rank in range(workers)]
        x = x - 0.1 * velocity
        if (step + 1) % period == 0:
            x[:] = x.mean(axis=0)
        expected.append(x.mean(axis=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_models_are_one_after_an_averaging_and_differ_in_between():
    metrics = run("local_sgd period=4", problem="digits_mlp hidden=[16]").metrics
    together = [metric.updates for metric in metrics if metric.consensus_distance == 0.0]
    assert together == [0, 4, 8, 12, 16, 20, 24]


def test_without_an_averaging_it_is_independent_sgd():
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": "momentum"}
    np.testing.assert_array_equal(trajectory("local_sgd period=25", **fields), trajectory("local", **fields))


@pytest.mark.parametrize("period", [1, 3, 8])
def test_one_worker_is_plain_sgd_bit_for_bit(period):
    fields = {"workers": 1, "problem": "digits_mlp hidden=[16]", "optimizer": "momentum"}
    np.testing.assert_array_equal(trajectory(f"local_sgd period={period}", **fields), trajectory("local", **fields))


@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05", "adam"])
def test_post_local_sgd_is_allreduce_until_the_switch(optimizer):
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": optimizer}
    synchronous = trajectory("allreduce", **fields)
    result = run("local_sgd period=5 switch_updates=9", **fields)
    np.testing.assert_array_equal(result.trajectory.x[:10], synchronous[:10])
    assert (result.trajectory.x[10:] != synchronous[10:]).any(axis=1).all()
    # Steps count from the switch: models are averaged after 14, 19 and 24 updates.
    apart = [metric.updates for metric in result.metrics if metric.consensus_distance != 0.0]
    assert apart == [10, 11, 12, 13, 15, 16, 17, 18, 20, 21, 22, 23]


def test_at_the_switch_every_worker_keeps_the_momentum_they_had_in_common():
    # On identical quadratics the mean of the local steps is then still the synchronous trajectory, momentum and all.
    fields = {"problem": QUADRATIC, "optimizer": "momentum lr=0.1 momentum=0.8"}
    np.testing.assert_allclose(
        trajectory("local_sgd period=4 switch_updates=7", **fields),
        trajectory("allreduce", **fields),
        rtol=0,
        atol=1e-12,
    )


def test_local_steps_follow_the_schedule_of_the_learning_rate():
    # All take the n-th step with the same rate, before and after the switch.
    fields = {"problem": QUADRATIC, "optimizer": "sgd lr=0.3", "lr_schedule": "cosine"}
    synchronous = trajectory("allreduce", **fields)
    for protocol in ("local_sgd period=6", "local_sgd period=4 switch_updates=7"):
        np.testing.assert_allclose(trajectory(protocol, **fields), synchronous, rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 2, 8, 40])
def test_a_round_is_its_local_steps_and_one_all_reduce(period):
    # 1 s a step; the ring of 4 with 1e8 B on links of 1.25e9 B/s and 2 us takes 6 (4 us + 1e8 / (4 1.25e9)) and sends
    # 2 * 3 * 1e8 B: bytes fall by H.
    fields = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=10 latency_us=2"}
    summary = on_the_clock(f"local_sgd period={period}", 4, 80, straggler="none", collective="ring", **fields).summary
    rounds = 80 // period
    assert summary.virtual_seconds == pytest.approx(80 + rounds * 6 * (4e-6 + 1e8 / 5e9), rel=1e-9)
    assert summary.bytes_sent == pytest.approx(rounds * 6e8, rel=1e-12)
    assert (summary.updates, summary.gradients) == (80, 320)


def test_rare_averaging_waits_less_for_stragglers():
    # Sums of H exponential times differ less, relative to H, than single ones: E max of 1 is H_8 = 2.72 s a step.
    waits = [
        on_the_clock(f"local_sgd period={period}", 8, 400, network="single_switch").summary.virtual_seconds
        for period in (1, 4, 20)
    ]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 1.5 * waits[2]


def test_without_noise_every_worker_contracts_alike():
    x = trajectory("local_sgd period=6", problem="quadratic noise=0 curvature=0.5", optimizer="sgd lr=0.2")
    np.testing.assert_allclose(x, np.outer(0.9 ** np.arange(25), np.ones(10)), rtol=1e-12)

"""Laws of DiLoCo: inner steps, outer steps, and the methods that it contains."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated
from quadratic_gradients import Gradients

PROBLEM = "quadratic dim=6 curvature=0.7 noise=2"


def run(protocol, **fields):
    common = {"record": EVERY_UPDATE, "straggler": "exponential", "workers": 4, "until": "updates=24"}
    return simulated(protocol, **common | fields)


def trajectory(protocol, **fields):
    return run(protocol, **fields).trajectory.x


@pytest.mark.parametrize(("lr", "momentum"), [(0.7, 0.9), (0.5, 0.0), (1.3, 0.4)])
@pytest.mark.parametrize("period", [1, 4, 10])
def test_it_is_algorithm_1_with_adamw_inside_and_nesterov_outside(period, lr, momentum):
    protocol = f"diloco period={period} outer_lr={lr} outer_momentum={momentum}"
    found = trajectory(protocol, problem=PROBLEM, optimizer="adam lr=0.05 weight_decay=0.1", seed=2)
    gradient = Gradients(PROBLEM, seed=2, batch=32)
    theta = gradient.initial
    x = np.tile(theta, (4, 1))
    first, second, velocity = np.zeros_like(x), np.zeros_like(x), np.zeros_like(theta)
    expected = [theta]
    for step in range(1, 25):
        g = np.array([gradient(rank, step - 1, x[rank]) for rank in range(4)])
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g**2
        direction = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        x = (1 - 0.05 * 0.1) * x - 0.05 * direction
        if step % period == 0:
            delta = (theta - x).mean(axis=0)
            velocity = momentum * velocity + delta
            theta = theta - lr * (delta + momentum * velocity)
            x[:] = theta
        expected.append(x.mean(axis=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05", "adam"])
def test_an_outer_step_of_one_without_momentum_is_local_sgd_bit_for_bit(optimizer):
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": optimizer}
    diloco, local = (
        run(protocol, **fields) for protocol in ("diloco period=4 outer_lr=1 outer_momentum=0", "local_sgd period=4")
    )
    np.testing.assert_array_equal(diloco.trajectory.x, local.trajectory.x)
    assert diloco.metrics == local.metrics


@pytest.mark.parametrize("period", [1, 5])
def test_one_worker_is_plain_sgd_bit_for_bit(period):
    fields = {"workers": 1, "problem": "digits_mlp hidden=[16]", "optimizer": "momentum"}
    np.testing.assert_array_equal(
        trajectory(f"diloco period={period} outer_lr=1 outer_momentum=0", **fields),
        trajectory("local", **fields),
    )


def test_an_outer_step_after_every_inner_one_is_synchronous_sgd_to_rounding():
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": "sgd lr=0.1"}
    synchronous = trajectory("allreduce", **fields)
    found = trajectory("diloco period=1 outer_lr=1 outer_momentum=0", **fields)
    np.testing.assert_allclose(found, synchronous, rtol=0, atol=2e-6 * abs(synchronous).max())


def test_an_outer_step_without_noise_contracts_by_its_closed_form():
    # theta <- theta - lr (theta - (1 - a)^H theta), a = inner lr times h; no outer momentum.
    x = trajectory(
        "diloco period=6 outer_lr=0.5 outer_momentum=0",
        problem="quadratic dim=1 curvature=0.5 noise=0",
        optimizer="sgd lr=0.2",
    )[::6, 0]
    np.testing.assert_allclose(x, (1 - 0.5 * (1 - 0.9**6)) ** np.arange(5), rtol=1e-13)


def test_all_continue_from_the_outer_model():
    metrics = run("diloco period=8", problem="digits_mlp hidden=[16]").metrics
    assert [metric.updates for metric in metrics if metric.consensus_distance == 0.0] == [0, 8, 16, 24]

"""Laws of DiLoCo: inner steps, outer steps, and the methods that it contains."""

import numpy as np
import pytest
from quadratic_gradients import Gradients

from sim.experiment import Experiment
from sim.optimizers.adam import Adam
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.protocols.allreduce import AllReduce
from sim.protocols.diloco import DiLoCo
from sim.protocols.local import Local
from sim.protocols.local_sgd import LocalSGD
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until

PROBLEM = Quadratic(dim=6, curvature=0.7, noise=2.0)


def run(**fields):
    common = {"record": Record(every_updates=1, trajectory=True), "straggler": Exponential(), "workers": 4}
    return simulate(Experiment(until=Until(updates=24), **common | fields))


def trajectory(**fields):
    return run(**fields).trajectory.x


@pytest.mark.parametrize(("lr", "momentum"), [(0.7, 0.9), (0.5, 0.0), (1.3, 0.4)])
@pytest.mark.parametrize("period", [1, 4, 10])
def test_it_is_algorithm_1_with_adamw_inside_and_nesterov_outside(period, lr, momentum):
    adam = Adam(lr=0.05, weight_decay=0.1)
    found = trajectory(protocol=DiLoCo(period, lr, momentum), problem=PROBLEM, optimizer=adam, seed=2)
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


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.05), Adam()], ids=["sgd", "momentum", "adam"])
def test_an_outer_step_of_one_without_momentum_is_local_sgd_bit_for_bit(optimizer):
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": optimizer}
    diloco, local = run(protocol=DiLoCo(4, 1.0, 0.0), **fields), run(protocol=LocalSGD(4), **fields)
    np.testing.assert_array_equal(diloco.trajectory.x, local.trajectory.x)
    assert diloco.metrics == local.metrics


@pytest.mark.parametrize("period", [1, 5])
def test_one_worker_is_plain_sgd_bit_for_bit(period):
    fields = {"workers": 1, "problem": DigitsMLP(hidden=[16]), "optimizer": Momentum()}
    np.testing.assert_array_equal(
        trajectory(protocol=DiLoCo(period, 1.0, 0.0), **fields), trajectory(protocol=Local(), **fields)
    )


def test_an_outer_step_after_every_inner_one_is_synchronous_sgd_to_rounding():
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": SGD(0.1)}
    synchronous = trajectory(protocol=AllReduce(), **fields)
    found = trajectory(protocol=DiLoCo(1, 1.0, 0.0), **fields)
    np.testing.assert_allclose(found, synchronous, rtol=0, atol=2e-6 * abs(synchronous).max())


def test_an_outer_step_without_noise_contracts_by_its_closed_form():
    # theta <- theta - lr (theta - (1 - a)^H theta), a = inner lr times h; no outer momentum.
    x = trajectory(
        protocol=DiLoCo(period=6, outer_lr=0.5, outer_momentum=0.0),
        problem=Quadratic(dim=1, curvature=0.5, noise=0.0),
        optimizer=SGD(0.2),
    )[::6, 0]
    np.testing.assert_allclose(x, (1 - 0.5 * (1 - 0.9**6)) ** np.arange(5), rtol=1e-13)


def test_all_continue_from_the_outer_model():
    metrics = run(protocol=DiLoCo(period=8), problem=DigitsMLP(hidden=[16])).metrics
    assert [metric.updates for metric in metrics if metric.consensus_distance == 0.0] == [0, 8, 16, 24]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"period": 0}, r"^period: must be at least 1, got 0"),
        ({"outer_lr": 0.0}, r"^outer_lr: must be above 0, got 0\.0"),
        ({"outer_momentum": 1.1}, r"^outer_momentum: must be at least 0 and at most 1, got 1\.1"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        DiLoCo(**fields)

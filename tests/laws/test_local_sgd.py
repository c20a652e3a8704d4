"""Laws of local SGD: what models are averaged, when, and what it costs."""

import numpy as np
import pytest
from quadratic_gradients import Gradients

from sim.experiment import Experiment
from sim.lr_schedules.cosine import Cosine
from sim.optimizers.adam import Adam
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.allreduce import AllReduce
from sim.protocols.local import Local
from sim.protocols.local_sgd import LocalSGD
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.single_switch import SingleSwitch

QUADRATIC = Quadratic(dim=20, curvature=0.7, noise=2.0)


def run(updates=24, **fields):
    common = {"record": Record(every_updates=1, trajectory=True), "straggler": Exponential(), "workers": 6}
    return simulate(Experiment(until=Until(updates=updates), **common | fields))


def trajectory(**fields):
    return run(**fields).trajectory.x


@pytest.mark.parametrize("period", [1, 2, 3, 7, 100])
def test_the_mean_on_identical_quadratics_is_the_synchronous_trajectory(period):
    # The gradient is linear, so the mean model obeys x <- x - lr (h x + mean noise), whenever models are averaged.
    local = trajectory(protocol=LocalSGD(period), problem=QUADRATIC)
    synchronous = trajectory(protocol=AllReduce(), problem=QUADRATIC)
    np.testing.assert_allclose(local, synchronous, rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.05), Adam()], ids=["sgd", "momentum", "adam"])
def test_without_local_steps_it_is_allreduce_bit_for_bit(optimizer):
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": optimizer}
    local, synchronous = run(protocol=LocalSGD(period=1), **fields), run(protocol=AllReduce(), **fields)
    np.testing.assert_array_equal(local.trajectory.x, synchronous.trajectory.x)
    assert local.metrics == synchronous.metrics


def test_without_local_steps_even_a_run_that_counts_epochs_ends_like_allreduce():
    fields = {"workers": 5, "until": Until(epochs=3.0), "straggler": Exponential()}
    local = simulate(Experiment(protocol=LocalSGD(period=1), **fields))
    assert local.metrics == simulate(Experiment(protocol=AllReduce(), **fields)).metrics


@pytest.mark.parametrize("workers", [2, 5])
@pytest.mark.parametrize("period", [2, 3])
def test_averaging_models_after_every_period_is_the_algorithm(workers, period):
    # Stich 2019, Algorithm 1, with heavy-ball momentum that stays local.
    optimizer = Momentum(lr=0.1, momentum=0.8)
    found = trajectory(workers=workers, protocol=LocalSGD(period), problem=QUADRATIC, optimizer=optimizer, seed=5)
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
    metrics = run(protocol=LocalSGD(period=4), problem=DigitsMLP(hidden=[16])).metrics
    together = [metric.updates for metric in metrics if metric.consensus_distance == 0.0]
    assert together == [0, 4, 8, 12, 16, 20, 24]


def test_without_an_averaging_it_is_independent_sgd():
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": Momentum()}
    np.testing.assert_array_equal(
        trajectory(protocol=LocalSGD(period=25), **fields), trajectory(protocol=Local(), **fields)
    )


@pytest.mark.parametrize("period", [1, 3, 8])
def test_one_worker_is_plain_sgd_bit_for_bit(period):
    fields = {"workers": 1, "problem": DigitsMLP(hidden=[16]), "optimizer": Momentum()}
    np.testing.assert_array_equal(
        trajectory(protocol=LocalSGD(period), **fields), trajectory(protocol=Local(), **fields)
    )


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.05), Adam()], ids=["sgd", "momentum", "adam"])
def test_post_local_sgd_is_allreduce_until_the_switch(optimizer):
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": optimizer}
    synchronous = trajectory(protocol=AllReduce(), **fields)
    result = run(protocol=LocalSGD(period=5, switch_updates=9), **fields)
    np.testing.assert_array_equal(result.trajectory.x[:10], synchronous[:10])
    assert (result.trajectory.x[10:] != synchronous[10:]).any(axis=1).all()
    # Steps count from the switch: models are averaged after 14, 19 and 24 updates.
    apart = [metric.updates for metric in result.metrics if metric.consensus_distance != 0.0]
    assert apart == [10, 11, 12, 13, 15, 16, 17, 18, 20, 21, 22, 23]


def test_at_the_switch_every_worker_keeps_the_momentum_they_had_in_common():
    # On identical quadratics the mean of the local steps is then still the synchronous trajectory, momentum and all.
    fields = {"problem": QUADRATIC, "optimizer": Momentum(lr=0.1, momentum=0.8)}
    np.testing.assert_allclose(
        trajectory(protocol=LocalSGD(period=4, switch_updates=7), **fields),
        trajectory(protocol=AllReduce(), **fields),
        rtol=0,
        atol=1e-12,
    )


def test_local_steps_follow_the_schedule_of_the_learning_rate():
    # All take the n-th step with the same rate, before and after the switch.
    fields = {"problem": QUADRATIC, "optimizer": SGD(0.3), "lr_schedule": Cosine()}
    synchronous = trajectory(protocol=AllReduce(), **fields)
    for protocol in (LocalSGD(period=6), LocalSGD(period=4, switch_updates=7)):
        np.testing.assert_allclose(trajectory(protocol=protocol, **fields), synchronous, rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 2, 8, 40])
def test_a_round_is_its_local_steps_and_one_all_reduce(period):
    # 1 s a step; the ring of 4 with 1e8 B on links of 1.25e9 B/s and 2 us takes 6 (4 us + 1e8 / (4 1.25e9)) and sends
    # 2 * 3 * 1e8 B: bytes fall by H.
    summary = simulate(
        Experiment(
            workers=4,
            protocol=LocalSGD(period),
            problem=NoProblem(),
            workload=Synthetic(seconds=1.0, bytes=1e8),
            network=SingleSwitch(bandwidth_gbps=10.0, latency_us=2.0),
            until=Until(updates=80),
        )
    ).summary
    rounds = 80 // period
    assert summary.virtual_seconds == pytest.approx(80 + rounds * 6 * (4e-6 + 1e8 / 5e9), rel=1e-9)
    assert summary.bytes_sent == pytest.approx(rounds * 6e8, rel=1e-12)
    assert (summary.updates, summary.gradients) == (80, 320)


def test_rare_averaging_waits_less_for_stragglers():
    # Sums of H exponential times differ less, relative to H, than single ones: E max of 1 is H_8 = 2.72 s a step.
    waits = [
        run(
            workers=8, protocol=LocalSGD(period), problem=NoProblem(), workload=Synthetic(seconds=1.0), updates=400
        ).summary.virtual_seconds
        for period in (1, 4, 20)
    ]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 1.5 * waits[2]


def test_without_noise_every_worker_contracts_alike():
    x = trajectory(protocol=LocalSGD(period=6), problem=Quadratic(noise=0.0, curvature=0.5), optimizer=SGD(0.2))
    np.testing.assert_allclose(x, np.outer(0.9 ** np.arange(25), np.ones(10)), rtol=1e-12)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"period": 0}, r"^period: must be at least 1, got 0"),
        ({"switch_updates": -1}, r"^switch_updates: must be at least 0, got -1"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        LocalSGD(**fields)

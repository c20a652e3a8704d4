"""Laws of synchronous SGD: large batches, order statistics, the ring."""

import numpy as np
import pytest

from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.partitions.sharded import Sharded
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD, Order
from sim.protocols.hardsync import HardSync
from sim.protocols.local import Local
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.communication.complete import Complete
from topologies.communication.ring import Ring
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch


def trajectory(**fields):
    experiment = Experiment(until=Until(updates=20), record=Record(every_updates=1, trajectory=True), **fields)
    return simulate(experiment).trajectory.x


@pytest.mark.parametrize("protocol", [HardSync, AllReduce])
@pytest.mark.parametrize("workers", [2, 8, 45])
def test_synchronous_workers_equal_one_with_the_union_of_their_batches(protocol, workers):
    # Every worker takes its whole shard each time, so the union of the mini-batches is the training set, as it is for
    # the one worker. What differs is the order of summation, in float32: some 1e-7 of the largest parameter a step.
    union = trajectory(workers=1, batch=1440, partition=Sharded(), protocol=Local(), optimizer=Momentum(lr=0.05))
    split = trajectory(
        workers=workers, batch=1440 // workers, partition=Sharded(), protocol=protocol(), optimizer=Momentum(lr=0.05)
    )
    np.testing.assert_allclose(split, union, rtol=0, atol=2e-6 * abs(union).max())


def test_hardsync_and_allreduce_learn_the_same_bits():
    fields = {"workers": 6, "straggler": Exponential(), "problem": DigitsMLP(hidden=[16])}
    np.testing.assert_array_equal(trajectory(protocol=HardSync(), **fields), trajectory(protocol=AllReduce(), **fields))


def harmonic(n):
    return sum(1 / k for k in range(1, n + 1))


@pytest.mark.parametrize("protocol", [HardSync, AllReduce])
@pytest.mark.parametrize("workers", [4, 16, 64])
def test_a_synchronous_update_takes_as_long_as_the_slowest_of_exponential_workers(protocol, workers):
    # E max of P exponentials of mean 1 = H_P (Dutta et al. 2018). Var max < pi^2/6, so that 2000 updates have
    # a standard error below 1.282 / sqrt(2000) = 0.0287 s, 1.4 % of H_4 and 0.6 % of H_64.
    summary = simulate(
        Experiment(
            workers=workers,
            protocol=protocol(),
            problem=NoProblem(),
            workload=Synthetic(seconds=1.0, bytes=1e6),
            straggler=Exponential(),
            network=Ideal(),
            until=Until(updates=2000),
        )
    ).summary
    assert summary.virtual_seconds / summary.updates == pytest.approx(harmonic(workers), rel=0.02)


@pytest.mark.parametrize("workers", [2, 3, 8, 17])
def test_an_uncontended_ring_takes_its_closed_form(workers):
    # 2 (n - 1) (latency + S / (n B)): every route has two links of 3 us, B = 25 Gb/s, S = 1e8 B; 1 s to compute.
    summary = simulate(
        Experiment(
            workers=workers,
            protocol=AllReduce(),
            problem=NoProblem(),
            workload=Synthetic(seconds=1.0, bytes=1e8),
            network=SingleSwitch(bandwidth_gbps=25.0, latency_us=3.0),
            until=Until(updates=3),
        )
    ).summary
    ring = 2 * (workers - 1) * (2 * 3e-6 + 1e8 / (workers * 25e9 / 8))
    assert summary.virtual_seconds / 3 - 1.0 == pytest.approx(ring, rel=1e-9)


def test_hardsync_pays_the_incast_and_the_outcast():
    # Latency 4 us each way; 8 gradients of 1e7 B share the server's link of 10 Gb/s, then 8 models do; the first pull
    # is one outcast more and asks with an empty message.
    summary = simulate(
        Experiment(
            workers=8,
            protocol=HardSync(),
            problem=NoProblem(),
            workload=Synthetic(seconds=1.0, bytes=1e7),
            network=SingleSwitch(bandwidth_gbps=10.0, latency_us=2.0),
            until=Until(updates=1),
        )
    ).summary
    cast = 4e-6 + 8 * 1e7 / 1.25e9
    assert summary.virtual_seconds == pytest.approx(4e-6 + cast + 1.0 + cast, rel=1e-12)


@pytest.mark.parametrize("topology", [Ring, Complete])
@pytest.mark.parametrize("order", list(Order))
def test_the_decentralised_mean_on_identical_quadratics_is_the_synchronous_trajectory(order, topology):
    # W is doubly stochastic and the gradient linear, so the mean obeys x <- x - lr (h x + mean noise).
    fields = {
        "workers": 8,
        "problem": Quadratic(dim=20, curvature=0.7, noise=2.0),
        "straggler": Exponential(),
        "network": SingleSwitch(),
    }
    synchronous = trajectory(protocol=AllReduce(), **fields)
    decentralised = trajectory(protocol=DPSGD(order), topology=topology(), **fields)
    np.testing.assert_allclose(decentralised, synchronous, rtol=0, atol=1e-12)


def test_stepping_then_averaging_over_everybody_is_synchronous_sgd_and_averaging_first_is_not():
    # W = J: adapt-then-combine gives every worker x - lr mean g, at one common point; Lian's gradients are taken at
    # points that differ by each worker's own last gradient.
    fields = {"workers": 6, "problem": DigitsMLP(hidden=[16]), "optimizer": SGD(0.1)}
    synchronous = trajectory(protocol=AllReduce(), **fields)
    adapted = trajectory(protocol=DPSGD(Order.adapt_then_combine), topology=Complete(), **fields)
    mixed_first = trajectory(protocol=DPSGD(Order.lian), topology=Complete(), **fields)
    np.testing.assert_allclose(adapted, synchronous, rtol=0, atol=2e-6 * abs(synchronous).max())
    assert abs(mixed_first - synchronous).max() > 1e-4


def test_only_the_exchange_before_the_step_overlaps_with_the_gradient():
    # A gradient takes 1 s, sending 1e8 B to both neighbours over a link of 1.25e9 B/s 0.16 s.
    fields = {"workers": 5, "problem": NoProblem(), "network": SingleSwitch(bandwidth_gbps=10.0, latency_us=0.0)}
    seconds = {
        order: simulate(
            Experiment(
                protocol=DPSGD(order),
                workload=Synthetic(seconds=1.0, bytes=1e8),
                until=Until(updates=10),
                **fields,
            )
        ).summary.virtual_seconds
        for order in Order
    }
    assert seconds[Order.lian] == pytest.approx(10.0)
    assert seconds[Order.adapt_then_combine] == pytest.approx(11.6)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_local_workers_on_identical_quadratics_have_the_synchronous_mean(workers):
    fields = {"workers": workers, "problem": Quadratic(dim=7)}
    np.testing.assert_allclose(
        trajectory(protocol=Local(), **fields), trajectory(protocol=AllReduce(), **fields), rtol=0, atol=1e-12
    )


def test_a_delayed_gradient_obeys_the_characteristic_polynomial():
    # Deterministic workers in turn: x_{t+1} = x_t - a x_{t-tau} with tau = lambda - 1. On an ideal network
    # all workers start from x_0 and push at the same instants, one after the other by rank.
    workers, a = 4, 0.3
    x = trajectory(
        workers=workers,
        protocol=AsyncPS(),
        problem=Quadratic(dim=1, curvature=a, noise=0.0),
        network=Ideal(),
        workload=Synthetic(seconds=1.0, bytes=0.0),
        optimizer=SGD(lr=1.0),
    )[:, 0]
    expected = [1.0]
    for t in range(20):
        expected.append(expected[t] - a * expected[max(0, t - workers + 1)])
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-14)

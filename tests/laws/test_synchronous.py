"""Laws of synchronous SGD: large batches, order statistics, the ring."""

import experiments
import numpy as np
import pytest
from on_the_clock import CLOCK, harmonic, on_the_clock, ring, seconds_of_an_update

from sim.protocols.dpsgd import Order


def trajectory(protocol, **fields):
    return experiments.trajectory(protocol, until="updates=20", **fields)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["hardsync", "allreduce"])
@pytest.mark.parametrize("workers", [2, 8, 45])
def test_synchronous_workers_equal_one_with_the_union_of_their_batches(protocol, workers):
    # Every worker takes its whole shard each time, so the union of the mini-batches is the training set, as it is for
    # the one worker. What differs is the order of summation, in float32: some 1e-7 of the largest parameter a step.
    fields = {"partition": "sharded", "optimizer": "momentum lr=0.05"}
    union = trajectory("local", workers=1, batch=1440, **fields)
    split = trajectory(protocol, workers=workers, batch=1440 // workers, **fields)
    np.testing.assert_allclose(split, union, rtol=0, atol=2e-6 * abs(union).max())


def test_hardsync_and_allreduce_learn_the_same_bits():
    fields = {"workers": 6, "straggler": "exponential", "problem": "digits_mlp hidden=[16]"}
    np.testing.assert_array_equal(trajectory("hardsync", **fields), trajectory("allreduce", **fields))


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["hardsync", "allreduce"])
@pytest.mark.parametrize(("workers", "updates"), [(4, 2000), (16, 1000), (64, 500)])
def test_a_synchronous_update_takes_as_long_as_the_slowest_of_exponential_workers(protocol, workers, updates):
    # E max of P exponentials of mean 1 = H_P (Dutta et al. 2018). Var max < pi^2/6, so that the mean of so many updates
    # has a standard error below 1.282 / sqrt(updates) = 0.029, 0.041, 0.057 s: 1.4 % of H_4, 1.2 % of H_16 and H_64.
    assert seconds_of_an_update(protocol, workers, updates) == pytest.approx(harmonic(workers), rel=0.02)


@pytest.mark.parametrize("workers", [2, 3, 8, 17])
def test_an_uncontended_ring_takes_its_closed_form(workers):
    # Every route has two links of 3 us; 1 s to compute.
    wires = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=25 latency_us=3"}
    seconds = seconds_of_an_update("allreduce", workers, 3, straggler="none", collective="ring", **wires)
    assert seconds - 1.0 == pytest.approx(ring(workers, 1e8, bandwidth=25e9 / 8, latency=6e-6), rel=1e-9)


def test_hardsync_pays_the_incast_and_the_outcast():
    # Latency 4 us each way; 8 gradients of 1e7 B share the server's link of 10 Gb/s, then 8 models do; the first pull
    # is one outcast more and asks with an empty message.
    wires = {"workload": "synthetic seconds=1 bytes=1e7", "network": "single_switch bandwidth_gbps=10 latency_us=2"}
    seconds = seconds_of_an_update("hardsync", 8, 1, straggler="none", **wires)
    cast = 4e-6 + 8 * 1e7 / 1.25e9
    assert seconds == pytest.approx(4e-6 + cast + 1.0 + cast, rel=1e-12)


def test_stepping_then_averaging_over_everybody_is_synchronous_sgd_and_averaging_first_is_not():
    # W = J: adapt-then-combine gives every worker x - lr mean g, at one common point; Lian's gradients are taken at
    # points that differ by each worker's own last gradient.
    fields = {"workers": 6, "problem": "digits_mlp hidden=[16]", "optimizer": "sgd lr=0.1"}
    synchronous = trajectory("allreduce", **fields)
    adapted = trajectory("dpsgd order=adapt_then_combine", topology="complete", **fields)
    mixed_first = trajectory("dpsgd order=lian", topology="complete", **fields)
    np.testing.assert_allclose(adapted, synchronous, rtol=0, atol=2e-6 * abs(synchronous).max())
    assert abs(mixed_first - synchronous).max() > 1e-4


def test_only_the_exchange_before_the_step_overlaps_with_the_gradient():
    # A gradient takes 1 s, sending 1e8 B to both neighbours over a link of 1.25e9 B/s 0.16 s.
    wires = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=10 latency_us=0"}
    seconds = {
        order: on_the_clock(f"dpsgd order={order.name}", 5, 10, straggler="none", **wires).summary.virtual_seconds
        for order in Order
    }
    assert seconds[Order.lian] == pytest.approx(10.0)
    assert seconds[Order.adapt_then_combine] == pytest.approx(11.6)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_local_workers_on_identical_quadratics_have_the_synchronous_mean(workers):
    fields = {"workers": workers, "problem": "quadratic dim=7"}
    np.testing.assert_allclose(trajectory("local", **fields), trajectory("allreduce", **fields), rtol=0, atol=1e-12)


def test_a_delayed_gradient_obeys_the_characteristic_polynomial():
    # Deterministic workers in turn: x_{t+1} = x_t - a x_{t-tau} with tau = lambda - 1. On an ideal network
    # all workers start from x_0 and push at the same instants, one after the other by rank.
    workers, a = 4, 0.3
    fields = CLOCK | {"problem": f"quadratic dim=1 curvature={a} noise=0", "optimizer": "sgd lr=1"}
    x = trajectory("async_ps", workers=workers, **fields)[:, 0]
    expected = [1.0]
    for t in range(20):
        expected.append(expected[t] - a * expected[max(0, t - workers + 1)])
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-14)

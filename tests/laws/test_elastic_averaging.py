"""Elastic averaging (Zhang, Choromanska, LeCun 2015): its equations, its stability, and what an exchange costs."""

import dataclasses

import numpy as np
import pytest
from elastic import DIM, ETA, UPDATES, H, bowl
from experiments import EVERY_UPDATE, simulated
from on_the_clock import CLOCK

from sim.start import Start
from sim.streams import stream


def centres(protocol, workers, **fields):
    """The models that the workers begin with, the centre after each update, and the result."""
    models, _, result = bowl(protocol, workers, record=EVERY_UPDATE, **fields)
    return models, result.trajectory.x, result


def synchronous(x, alpha, period):
    """The centre after each step, by equations 5 and 6; its models are those of before, on both right-hand sides."""
    centre, centres = np.ones(DIM), [np.ones(DIM)]
    for t in range(UPDATES):
        gradient = H * x
        if t % period == 0:
            mean = x.mean(axis=0)
            x = x - alpha * (x - centre)
            beta = len(x) * alpha
            centre = (1 - beta) * centre + beta * mean
        x = x - ETA * gradient
        centres.append(centre)
    return np.array(centres)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize(
    ("network", "straggler"), [("ideal", "none"), ("single_switch", "exponential")], ids=["ideal", "wires"]
)
def test_the_centre_obeys_the_synchronous_equations(workers, period, shards, network, straggler):
    alpha = 0.8 / workers
    protocol = f"easgd alpha={alpha} period={period}"
    models, found, _ = centres(
        protocol, workers, server=f"shards={shards}", network=network, straggler=straggler, batch=3
    )
    np.testing.assert_allclose(found, synchronous(models, alpha, period), rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("shards", [1, 3])
def test_asynchronous_exchanges_at_one_instant_are_the_synchronous_one(period, shards):
    # All pull the same centre before the first difference is there, and sum_i alpha (x_i - x~) = beta (mean - x~).
    protocol = f"async_easgd alpha=0.15 period={period}"
    models, found, _ = centres(protocol, 5, server=f"shards={shards}", start=Start.together)
    np.testing.assert_allclose(found, synchronous(models, 0.15, period), rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 3])
def test_momentum_is_nesterovs_at_the_worker(period):
    # Algorithm 2 with one worker, the gradient and v at the x of before the exchange.
    (x,), found, _ = centres(f"async_easgd alpha=0.3 period={period} momentum=0.9", 1)
    centre, v, expected = np.ones(DIM), np.zeros(DIM), [np.ones(DIM)]
    for t in range(UPDATES):
        before = x
        if t % period == 0:
            d = 0.3 * (x - centre)
            x, centre = x - d, centre + d
        v = 0.9 * v - ETA * H * (before + 0.9 * v)
        x = x + v
        expected.append(centre)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("eta", [0.2, 0.5, 1.0, 1.5])
@pytest.mark.parametrize(("share", "stable"), [(0.97, True), (1.03, False)])
def test_in_turn_the_centre_is_stable_up_to_the_papers_bound(eta, share, stable):
    # Section 4: with h = 1, eta <= 2 and alpha <= (4 - 2 eta) / (4 - eta); tight for an odd number of workers.
    alpha, workers, updates = share * (4 - 2 * eta) / (4 - eta), 3, 150
    x, found, _ = centres(f"async_easgd alpha={alpha}", workers, eta=eta, curvature=1.0, updates=updates)
    x = x[np.argsort(Start.spread.delays(workers, 1.0, stream(0, "start")))]
    centre, expected = np.ones(DIM), [np.ones(DIM)]
    for t in range(updates + 1):
        for i in range(workers):
            if i == workers - 1 and t > 0:  # its step number t makes update t complete, before its next exchange
                expected.append(centre)
            d = alpha * (x[i] - centre)
            x[i], centre = x[i] - d - eta * x[i], centre + d
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    first, last = abs(found[1:10]).max(), abs(found[-10:]).max()
    assert (last < first) == stable


@pytest.mark.parametrize("protocol", ["easgd", "async_easgd", "easgd_tree"])
@pytest.mark.parametrize("straggler", ["none", "exponential"])
@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05"])
def test_without_a_spring_every_worker_is_alone(protocol, straggler, optimizer):
    fields = {
        "workers": 5,
        "problem": "digits_mlp hidden=[16]",
        "optimizer": optimizer,
        "straggler": straggler,
        "until": "updates=40",
        "record": "trajectory=true",
    }
    elastic, alone = (simulated(each, **fields) for each in (f"{protocol} alpha=0", "local"))
    np.testing.assert_array_equal(elastic.trajectory.x, alone.trajectory.x)
    assert elastic.metrics == alone.metrics
    same = {"protocol": None, "config_hash": None, "wall_seconds": None}
    assert dataclasses.replace(elastic.summary, **same) == dataclasses.replace(alone.summary, **same)


def run(protocol, **fields):
    common = CLOCK | {"workload": "synthetic seconds=1 bytes=1e8", "until": "updates=21"}
    return simulated(protocol, **common | fields).summary


@pytest.mark.parametrize("protocol", ["easgd", "async_easgd"])
@pytest.mark.parametrize(("period", "times"), [(1, 21), (10, 3), (64, 1)])
@pytest.mark.parametrize("shards", [1, 4])
def test_an_exchange_is_two_models_per_worker(protocol, period, times, shards):
    # At steps 0, period, 2 period, ... of 21. The last worker's step ends the run: the others begin with the next
    # exchange at that instant where one is due, and send (or pull, and wait for) one model each.
    summary = run(f"{protocol} period={period}", workers=5, server=f"shards={shards}", start=Start.together)
    early = 4 if 21 % period == 0 else 0
    assert summary.bytes_sent / 1e8 == pytest.approx(2 * 5 * times + early)


WIRES = {
    "server": "apply_rate=1e9",
    "network": "single_switch bandwidth_gbps=10 latency_us=10",
    "until": "updates=4",
}


def test_the_synchronous_exchange_waits_for_the_queue_and_the_wires():
    # Five models of 1e8 B arrive together over the server's link of 1.25e9 B/s and two links' latency of 10 us each,
    # are added up one after the other at 1e9 B/s, and five answers go back.
    summary = run("easgd", workers=5, **WIRES)
    assert summary.virtual_seconds / 4 == pytest.approx(1.0 + 2 * (20e-6 + 5 * 0.08) + 5 * 0.1, rel=1e-12)
    assert summary.server_utilisation == pytest.approx(0.5 / (summary.virtual_seconds / 4))
    assert summary.communicate_fraction == pytest.approx(0.80004 / 2.30004)
    assert summary.wait_fraction == pytest.approx(0.5 / 2.30004)


def test_the_asynchronous_worker_waits_for_the_centre_only():
    # An empty request over 20 us, a model of 0.08 s back; the difference travels and queues beside the next gradient.
    summary = run("async_easgd alpha=0.5", workers=1, **WIRES)
    assert summary.virtual_seconds / 4 == pytest.approx(1.0 + 2 * 20e-6 + 0.08, rel=1e-12)
    assert summary.wait_fraction == 0.0
    assert summary.server_utilisation == pytest.approx(0.1 / 1.08004)


def test_the_workers_distance_is_measured_and_the_centre_evaluated():
    # At the start the centre is 1 everywhere, loss H / 2 * DIM; the workers are where they were scattered.
    models, _, result = centres("easgd", 4)
    first = result.metrics[0]
    assert first.test_loss == pytest.approx(H / 2 * DIM)
    apart = ((models - models.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert first.consensus_distance == pytest.approx(np.sqrt(apart))
    assert result.summary.mean_staleness is None


def test_a_spring_holds_the_workers_together():
    fields = {"workers": 6, "problem": "quadratic noise=3", "until": "updates=200", "network": "ideal"}
    tied, alone = (
        simulated(f"async_easgd alpha={alpha}", straggler="exponential", **fields).metrics[-1] for alpha in (0.15, 0.0)
    )
    assert tied.consensus_distance < 0.7 * alone.consensus_distance


def test_a_slow_worker_holds_up_the_synchronous_form_only():
    fields = {"workers": 8, "batch": 1, "straggler": "slow_node factor=10", "until": "seconds=1000"}
    assert run("async_easgd", **fields).samples_per_second == pytest.approx(7.1, rel=1e-2)
    assert run("easgd", **fields).samples_per_second == pytest.approx(0.8, rel=2e-2)


@pytest.mark.parametrize(("alpha", "stable"), [(0.39, True), (0.41, False)])
def test_springs_of_four_workers_hold_up_to_a_pull_of_two_fifths(alpha, stable):
    # Without gradients mean - x~ is multiplied by 1 - alpha - beta with beta = 4 alpha: by -0.95 and -1.05.
    metrics = simulated(
        f"easgd alpha={alpha}",
        workers=4,
        optimizer="sgd lr=0.01",
        problem="quadratic curvature=0.01",
        until="updates=400",
    ).metrics
    assert (metrics[-1].test_loss < metrics[0].test_loss) == stable

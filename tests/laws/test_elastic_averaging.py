"""Elastic averaging (Zhang, Choromanska, LeCun 2015): its equations, its stability, and what an exchange costs."""

import dataclasses

import numpy as np
import pytest
from scattered import scattered

from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.async_easgd import AsyncEASGD
from sim.protocols.easgd import EASGD
from sim.protocols.easgd_tree import EASGDTree
from sim.protocols.local import Local
from sim.record import Record
from sim.results.summarise import summarise
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.none import NoStragglers
from sim.stragglers.slow_node import SlowNode
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

ETA, H, DIM, UPDATES = 0.1, 0.7, 7, 30


def centres(protocol, workers, eta=ETA, curvature=H, updates=UPDATES, **fields):
    """The centre after each update, of workers that begin with different models; those models, and the summary."""
    common = {
        "problem": Quadratic(dim=DIM, curvature=curvature, noise=0.0, start=1.0),
        "optimizer": SGD(eta),
        "network": Ideal(),
        "workload": Synthetic(seconds=1.0, bytes=1e6),
        "until": Until(updates=updates),
        "record": Record(every_updates=1, trajectory=True),
    }
    models = np.random.default_rng(0).normal(size=(workers, DIM))
    cluster = scattered(Experiment(**common | {"workers": workers, "protocol": protocol} | fields), models)
    cluster.run()
    result = summarise(cluster, wall_seconds=0.0)
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
    ("network", "straggler"), [(Ideal(), NoStragglers()), (SingleSwitch(), Exponential())], ids=["ideal", "wires"]
)
def test_the_centre_obeys_the_synchronous_equations(workers, period, shards, network, straggler):
    alpha = 0.8 / workers
    protocol = EASGD(alpha=alpha, period=period)
    models, found, _ = centres(
        protocol, workers, server=Server(shards=shards), network=network, straggler=straggler, batch=3
    )
    np.testing.assert_allclose(found, synchronous(models, alpha, period), rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("shards", [1, 3])
def test_asynchronous_exchanges_at_one_instant_are_the_synchronous_one(period, shards):
    # All pull the same centre before the first difference is there, and sum_i alpha (x_i - x~) = beta (mean - x~).
    protocol = AsyncEASGD(alpha=0.15, period=period)
    models, found, _ = centres(protocol, 5, server=Server(shards=shards))
    np.testing.assert_allclose(found, synchronous(models, 0.15, period), rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 3])
def test_momentum_is_nesterovs_at_the_worker(period):
    # Algorithm 2 with one worker, the gradient and v at the x of before the exchange.
    (x,), found, _ = centres(AsyncEASGD(alpha=0.3, period=period, momentum=0.9), 1)
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


class RoundRobin(AsyncEASGD):
    """The workers begin one after the other, spread evenly over the time of a gradient."""

    def worker(self, me):
        yield me._environment.timeout(me.rank / me.workers)
        yield from super().worker(me)


@pytest.mark.parametrize("eta", [0.2, 0.5, 1.0, 1.5])
@pytest.mark.parametrize(("share", "stable"), [(0.97, True), (1.03, False)])
def test_in_turn_the_centre_is_stable_up_to_the_papers_bound(eta, share, stable):
    # Section 4: with h = 1, eta <= 2 and alpha <= (4 - 2 eta) / (4 - eta); tight for an odd number of workers.
    alpha, workers, updates = share * (4 - 2 * eta) / (4 - eta), 3, 150
    x, found, _ = centres(RoundRobin(alpha=alpha), workers, eta=eta, curvature=1.0, updates=updates)
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


@pytest.mark.parametrize("protocol", [EASGD, AsyncEASGD, EASGDTree])
@pytest.mark.parametrize("straggler", [NoStragglers(), Exponential()])
@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.05)])
def test_without_a_spring_every_worker_is_alone(protocol, straggler, optimizer):
    fields = {
        "workers": 5,
        "problem": DigitsMLP(hidden=[16]),
        "optimizer": optimizer,
        "straggler": straggler,
        "until": Until(updates=40),
        "record": Record(trajectory=True),
    }
    elastic, alone = (simulate(Experiment(protocol=each, **fields)) for each in (protocol(alpha=0.0), Local()))
    np.testing.assert_array_equal(elastic.trajectory.x, alone.trajectory.x)
    assert elastic.metrics == alone.metrics
    same = {"protocol": None, "config_hash": None, "wall_seconds": None}
    assert dataclasses.replace(elastic.summary, **same) == dataclasses.replace(alone.summary, **same)


def run(protocol, **fields):
    common = {"problem": NoProblem(), "workload": Synthetic(seconds=1.0, bytes=1e8), "network": Ideal()}
    return simulate(Experiment(**common | {"protocol": protocol, "until": Until(updates=21)} | fields)).summary


@pytest.mark.parametrize("protocol", [EASGD, AsyncEASGD])
@pytest.mark.parametrize(("period", "times"), [(1, 21), (10, 3), (64, 1)])
@pytest.mark.parametrize("shards", [1, 4])
def test_an_exchange_is_two_models_per_worker(protocol, period, times, shards):
    # At steps 0, period, 2 period, ... of 21. The last worker's step ends the run: the others begin with the next
    # exchange at that instant where one is due, and send (or pull, and wait for) one model each.
    summary = run(protocol(period=period), workers=5, server=Server(shards=shards))
    early = 4 if 21 % period == 0 else 0
    assert summary.bytes_sent / 1e8 == pytest.approx(2 * 5 * times + early)


def test_the_synchronous_exchange_waits_for_the_queue_and_the_wires():
    # Five models of 1e8 B arrive together over the server's link of 1.25e9 B/s and two links' latency of 10 us each,
    # are added up one after the other at 1e9 B/s, and five answers go back.
    summary = run(
        EASGD(),
        workers=5,
        server=Server(apply_rate=1e9),
        network=SingleSwitch(bandwidth_gbps=10.0, latency_us=10.0),
        until=Until(updates=4),
    )
    assert summary.virtual_seconds / 4 == pytest.approx(1.0 + 2 * (20e-6 + 5 * 0.08) + 5 * 0.1, rel=1e-12)
    assert summary.server_utilisation == pytest.approx(0.5 / (summary.virtual_seconds / 4))
    assert summary.communicate_fraction == pytest.approx(0.80004 / 2.30004)
    assert summary.wait_fraction == pytest.approx(0.5 / 2.30004)


def test_the_asynchronous_worker_waits_for_the_centre_only():
    # An empty request over 20 us, a model of 0.08 s back; the difference travels and queues beside the next gradient.
    summary = run(
        AsyncEASGD(alpha=0.5),
        workers=1,
        server=Server(apply_rate=1e9),
        network=SingleSwitch(bandwidth_gbps=10.0, latency_us=10.0),
        until=Until(updates=4),
    )
    assert summary.virtual_seconds / 4 == pytest.approx(1.0 + 2 * 20e-6 + 0.08, rel=1e-12)
    assert summary.wait_fraction == 0.0
    assert summary.server_utilisation == pytest.approx(0.1 / 1.08004)


def test_the_workers_distance_is_measured_and_the_centre_evaluated():
    # At the start the centre is 1 everywhere, loss H / 2 * DIM; the workers are where they were scattered.
    models, _, result = centres(EASGD(), 4)
    first = result.metrics[0]
    assert first.test_loss == pytest.approx(H / 2 * DIM)
    apart = ((models - models.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert first.consensus_distance == pytest.approx(np.sqrt(apart))
    assert result.summary.mean_staleness is None


def test_a_spring_holds_the_workers_together():
    fields = {"workers": 6, "problem": Quadratic(noise=3.0), "until": Until(updates=200), "network": Ideal()}
    tied, alone = (
        simulate(Experiment(protocol=AsyncEASGD(alpha=alpha), straggler=Exponential(), **fields)).metrics[-1]
        for alpha in (0.15, 0.0)
    )
    assert tied.consensus_distance < 0.7 * alone.consensus_distance


def test_a_slow_worker_holds_up_the_synchronous_form_only():
    fields = {"workers": 8, "batch": 1, "straggler": SlowNode(factor=10.0), "until": Until(seconds=1000.0)}
    assert run(AsyncEASGD(), **fields).samples_per_second == pytest.approx(7.1, rel=1e-2)
    assert run(EASGD(), **fields).samples_per_second == pytest.approx(0.8, rel=2e-2)


@pytest.mark.parametrize(("alpha", "stable"), [(0.39, True), (0.41, False)])
def test_springs_of_four_workers_hold_up_to_a_pull_of_two_fifths(alpha, stable):
    # Without gradients mean - x~ is multiplied by 1 - alpha - beta with beta = 4 alpha: by -0.95 and -1.05.
    experiment = Experiment(
        workers=4,
        protocol=EASGD(alpha=alpha),
        optimizer=SGD(0.01),
        problem=Quadratic(curvature=0.01),
        until=Until(updates=400),
    )
    metrics = simulate(experiment).metrics
    assert (metrics[-1].test_loss < metrics[0].test_loss) == stable


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alpha": -0.1}, r"^alpha: must be at least 0 .* got -0\.1"),
        ({"alpha": 1.1}, r"^alpha: must be .* at most 1, got 1\.1"),
        ({"period": 0}, r"^period: must be at least 1, got 0"),
        ({"momentum": 1.0}, r"^momentum: must be at least 0 and below 1, got 1\.0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        AsyncEASGD(**fields)

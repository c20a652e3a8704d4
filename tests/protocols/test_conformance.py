"""What every protocol promises; protocols are found by themselves."""

import dataclasses
from collections import defaultdict

import numpy as np
import pytest
from options import options_of

from sim.cluster.cluster import Cluster
from sim.connections.server.sharding import Sharding
from sim.experiment import Experiment
from sim.fabric.fabric import Fabric
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols import Protocol
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.none import NoStragglers
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.single_switch import SingleSwitch

PROTOCOLS = options_of("sim.protocols", Protocol)


@pytest.fixture(params=PROTOCOLS, ids=lambda option: option.__name__)
def experiment(request):
    return Experiment(
        workers=6,
        protocol=request.param(),
        problem=Quadratic(dim=4, noise=0.5),
        straggler=Exponential(),
        workload=Synthetic(seconds=0.01, bytes=1e6),
        network=SingleSwitch(),
        until=Until(updates=200),
    )


def without_wall_clock(summary):
    return dataclasses.replace(summary, wall_seconds=None)


def test_a_run_is_reproducible(experiment):
    first, again = simulate(experiment), simulate(experiment)
    assert first.metrics == again.metrics
    assert first.staleness == again.staleness
    assert without_wall_clock(first.summary) == without_wall_clock(again.summary)


def test_another_seed_is_another_run(experiment):
    other = dataclasses.replace(experiment, seed=1)
    assert simulate(experiment).summary.virtual_seconds != simulate(other).summary.virtual_seconds


#: How many times more noise is left than steps along the mean gradient leave. The outer steps of DiLoCo, with their
#: momentum, are 0.7 / (1 - 0.9) = 7 times as long; L-BFGS takes the noise of 24 portions for curvature, but makes no
#: more of it than one portion has.
NOISIER = {"DiLoCo": 7, "Sandblaster": 24}


def test_the_loss_on_a_quadratic_falls_to_its_noise_floor(experiment):
    # Each coordinate of SGD with k gradients in a step is the process x' = (1 - lr h) x + lr s N(0, 1) / sqrt(batch k),
    # so that E f = lr s^2 d / (2 (2 - lr h) batch k) in the end. Staleness adds lr h = 5 % for every version, of which
    # there are 5 here; and the noise of a centre that follows the workers, or of models that are not mixed evenly, is a
    # quarter less or more than that of their mean. Losses of 200 coordinates that forget within 1 / (lr h) = 20 updates
    # have 300 / 20 * 200 = 3000 degrees of freedom in 300 updates: their mean is off by 3 %. Before these begin, f has
    # fallen from 100 to less than 100 exp(-0.05 * 300) = 3e-5; with a tenth of the step it would be 5.
    result = simulate(
        dataclasses.replace(
            experiment,
            problem=dataclasses.replace(experiment.problem, dim=200),
            until=Until(updates=600),
            record=dataclasses.replace(experiment.record, every_updates=10),
        )
    )
    gradients = sum(result.staleness.values()) / result.summary.updates or experiment.workers
    floor = 0.05 * 0.5**2 * 200 / (2 * (2 - 0.05) * 32 * gradients)
    assert result.metrics[0].test_loss == 100.0
    left = np.mean([metric.test_loss for metric in result.metrics[-30:]])
    assert 2 / 3 * floor < left < 3 / 2 * floor * NOISIER.get(type(experiment.protocol).__name__, 1)


def test_nothing_learned_gives_the_same_events(experiment):
    learning = simulate(dataclasses.replace(experiment, problem=DigitsMLP())).summary
    timing = simulate(dataclasses.replace(experiment, problem=NoProblem())).summary
    for name in ("virtual_seconds", "updates", "gradients", "bytes_sent", "events", "mean_staleness", "wait_fraction"):
        assert getattr(learning, name) == getattr(timing, name), name


def test_nobody_starves(experiment):
    cluster = Cluster(experiment, 0)
    cluster.run()
    assert min(worker._step for worker in cluster.workers) > 0.5 * np.mean([w._step for w in cluster.workers])


def test_every_message_is_received_once_and_in_order_or_is_in_flight_at_the_end(experiment, monkeypatch):
    sent, received, send = defaultdict(list), defaultdict(list), Fabric.send

    def noted(fabric, source, target, nbytes, delivered):
        channel, number = (source, target), sum(map(len, sent.values()))
        sent[channel].append(number)

        def note():
            received[channel].append(number)
            delivered()

        send(fabric, source, target, nbytes, note)

    monkeypatch.setattr(Fabric, "send", noted)
    cluster = Cluster(dataclasses.replace(experiment, until=Until(updates=50)), 0)
    cluster.run()
    in_flight = 0
    for channel, numbers in sent.items():
        assert received[channel] == numbers[: len(received[channel])]
        in_flight += len(numbers) - len(received[channel])
    assert in_flight == len(cluster.world.fabric._delivered)


def test_every_moment_of_every_worker_is_accounted_for(experiment):
    result = simulate(dataclasses.replace(experiment, record=Record(spans=True)))
    spans = result.spans
    total = (spans.end - spans.start)[spans.worker >= 0].sum()
    assert total == pytest.approx(6 * result.summary.virtual_seconds)
    summary = result.summary
    assert summary.compute_fraction + summary.communicate_fraction + summary.wait_fraction == pytest.approx(1.0)


def test_more_bandwidth_is_never_slower(experiment):
    seconds = [
        simulate(
            dataclasses.replace(
                experiment,
                network=SingleSwitch(bandwidth_gbps=gbps),
                straggler=NoStragglers(),
                until=Until(updates=50),
            )
        ).summary.virtual_seconds
        for gbps in (1.0, 10.0, 100.0)
    ]
    assert seconds == sorted(seconds, reverse=True)


def test_the_smallest_clusters_run(experiment):
    for workers in (1, 2, 3):
        summary = simulate(dataclasses.replace(experiment, workers=workers, until=Until(updates=10))).summary
        assert (summary.status, summary.updates) == ("completed", 10)


def test_a_server_may_be_sharded_and_slow(experiment):
    # Shards of unequal sizes answer at different times, and a queue stands before each.
    server = Server(shards=3, sharding=Sharding.per_tensor, apply_rate=1e8)
    sharded = dataclasses.replace(experiment, problem=DigitsMLP(hidden=[8]), server=server)
    for workers in (1, 2, 6):
        summary = simulate(dataclasses.replace(sharded, workers=workers)).summary
        assert (summary.status, summary.updates) == ("completed", 200)


def test_256_workers_learn_the_digits(experiment):
    # Small steps: 255 gradients that are 255 updates old must not add up to more than the landscape bears.
    large = dataclasses.replace(
        experiment, workers=256, problem=DigitsMLP(), optimizer=SGD(0.001), until=Until(epochs=40)
    )
    metrics = simulate(large).metrics
    assert metrics[-1].train_loss < metrics[0].train_loss - 0.01

"""Protocols with a server that are each other at the ends of their ranges, bit for bit (also in time)."""

import dataclasses

import numpy as np
import pytest

from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.problems.digits_mlp import DigitsMLP
from sim.protocols.async_ps import AsyncPS
from sim.protocols.backup_sync import BackupSync, Late
from sim.protocols.hardsync import HardSync
from sim.protocols.k_async import KAsync
from sim.protocols.k_batch_async import KBatchAsync
from sim.protocols.k_batch_sync import KBatchSync
from sim.protocols.k_sync import KSync
from sim.protocols.softsync import SoftSync
from sim.protocols.ssp import SSP
from sim.record import Record
from sim.server import Server, Sharding
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

WORKERS = 6
CLUSTERS = {
    "ideal": {"network": Ideal()},
    "network and queue": {"network": SingleSwitch(), "server": Server(apply_rate=1e8, cores=2)},
    "shards": {"network": SingleSwitch(), "server": Server(shards=3, sharding=Sharding.per_tensor, apply_rate=1e8)},
}


def run(protocol, cluster):
    experiment = Experiment(
        workers=WORKERS,
        protocol=protocol,
        problem=DigitsMLP(hidden=[16]),
        optimizer=Momentum(0.02),
        straggler=Exponential(),
        workload=Synthetic(seconds=0.01, bytes=1e6),
        until=Until(updates=40),
        record=Record(every_updates=1, trajectory=True),
        **CLUSTERS[cluster],
    )
    return simulate(experiment)


def assert_same(result, other):
    np.testing.assert_array_equal(result.trajectory.x, other.trajectory.x)
    np.testing.assert_array_equal(result.trajectory.seconds, other.trajectory.seconds)
    assert result.metrics == other.metrics
    assert result.staleness == other.staleness


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize(
    "protocol",
    [
        SSP(slack=0),
        BackupSync(backups=0),
        BackupSync(backups=0, late=Late.finish),
        KSync(k=WORKERS),
        KAsync(k=WORKERS),
    ],
    ids=["ssp(0)", "backup_sync(0)", "backup_sync(0, finish)", "k_sync(P)", "k_async(P)"],
)
def test_it_is_hardsync(protocol, cluster):
    assert_same(run(protocol, cluster), run(HardSync(), cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize(
    "protocol",
    [SoftSync(n=WORKERS), SSP(slack=10**9), KAsync(k=1), KBatchAsync(k=1)],
    ids=["softsync(lambda)", "ssp(infinity)", "k_async(1)", "k_batch_async(1)"],
)
def test_it_is_async_ps(protocol, cluster):
    assert_same(run(protocol, cluster), run(AsyncPS(), cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_softsync_and_k_batch_async_are_one(cluster):
    assert_same(run(SoftSync(n=2), cluster), run(KBatchAsync(k=WORKERS // 2), cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_backup_workers_that_abandon_are_k_sync(cluster):
    assert_same(run(BackupSync(backups=2), cluster), run(KSync(k=WORKERS - 2), cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_one_gradient_is_one_workers(cluster):
    assert_same(run(KBatchSync(k=1), cluster), run(KSync(k=1), cluster))


def test_between_their_ends_the_k_variants_are_four():
    variants = [KSync(k=2), KAsync(k=2), KBatchAsync(k=2), KBatchSync(k=2)]
    assert len({run(variant, "ideal").trajectory.x[-1].tobytes() for variant in variants}) == 4


def test_equal_protocols_have_equal_bytes_in_their_summaries():
    one, other = run(SoftSync(n=WORKERS), "ideal").summary, run(AsyncPS(), "ideal").summary
    ignored = {"protocol": "", "wall_seconds": None, "config_hash": ""}
    assert dataclasses.replace(one, **ignored) == dataclasses.replace(other, **ignored)

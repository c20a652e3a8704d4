"""Protocols with a server that are each other at the ends of their ranges, bit for bit (also in time)."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated

WORKERS = 6
CLUSTERS = {
    "ideal": {"network": "ideal"},
    "network and queue": {"network": "single_switch", "server": "apply_rate=1e8 cores=2"},
    "shards": {"network": "single_switch", "server": "shards=3 sharding=per_tensor apply_rate=1e8"},
}


@cache
def run(protocol, cluster):
    return simulated(
        protocol,
        workers=WORKERS,
        problem="digits_mlp hidden=[16]",
        optimizer="momentum lr=0.02",
        straggler="exponential",
        workload="synthetic seconds=0.01 bytes=1e6",
        until="updates=40",
        record=EVERY_UPDATE,
        **CLUSTERS[cluster],
    )


def assert_same(result, other):
    np.testing.assert_array_equal(result.trajectory.x, other.trajectory.x)
    np.testing.assert_array_equal(result.trajectory.seconds, other.trajectory.seconds)
    assert result.metrics == other.metrics
    assert result.staleness == other.staleness


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize(
    "protocol",
    [
        "ssp slack=0",
        "backup_sync backups=0",
        "backup_sync backups=0 late=finish",
        f"k_sync k={WORKERS}",
        f"k_async k={WORKERS}",
    ],
)
def test_it_is_hardsync(protocol, cluster):
    assert_same(run(protocol, cluster), run("hardsync", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize(
    "protocol", [f"softsync n={WORKERS}", "ssp slack=1000000000", "k_async k=1", "k_batch_async k=1"]
)
def test_it_is_async_ps(protocol, cluster):
    assert_same(run(protocol, cluster), run("async_ps", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_softsync_and_k_batch_async_are_one(cluster):
    assert_same(run("softsync n=2", cluster), run(f"k_batch_async k={WORKERS // 2}", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_backup_workers_that_abandon_are_k_sync(cluster):
    assert_same(run("backup_sync backups=2", cluster), run(f"k_sync k={WORKERS - 2}", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_one_gradient_is_one_workers(cluster):
    assert_same(run("k_batch_sync k=1", cluster), run("k_sync k=1", cluster))


def test_between_their_ends_the_k_variants_are_four():
    variants = ["k_sync k=2", "k_async k=2", "k_batch_async k=2", "k_batch_sync k=2"]
    assert len({run(variant, "ideal").trajectory.x[-1].tobytes() for variant in variants}) == 4


def test_equal_protocols_have_equal_bytes_in_their_summaries():
    one, other = run(f"softsync n={WORKERS}", "ideal").summary, run("async_ps", "ideal").summary
    ignored = {"protocol": "", "wall_seconds": None, "config_hash": ""}
    assert dataclasses.replace(one, **ignored) == dataclasses.replace(other, **ignored)

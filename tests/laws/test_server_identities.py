"""Protocols with a server that are each other at the ends of their ranges, bit for bit (also in time)."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated

from sim.start import Start

WORKERS = 6
CLUSTERS = {
    "ideal": {"network": "ideal"},
    "network and queue": {"network": "single_switch", "server": "apply_rate=1e8 cores=2"},
    "shards": {"network": "single_switch", "server": "shards=3 sharding=per_tensor apply_rate=1e8"},
}


@cache
def run(protocol, cluster, updates=40, optimizer="momentum lr=0.02"):
    return simulated(
        protocol,
        workers=WORKERS,
        problem="digits_mlp hidden=[16]",
        optimizer=optimizer,
        straggler="exponential",
        workload="synthetic seconds=0.01 bytes=1e6",
        start=Start.together,  # protocols do not agree about where workers begin
        until=f"updates={updates}",
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
    "protocol",
    [
        f"softsync n={WORKERS}",
        "ssp slack=1000000000 update=sum",
        "k_async k=1",
        "k_batch_async k=1",
        "ringmaster threshold=1000000000",
    ],
)
def test_it_is_async_ps(protocol, cluster):
    assert_same(run(protocol, cluster), run("async_ps", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_without_slack_ssp_is_hardsync_at_every_barrier(cluster):
    # All gradients of a round are taken at the model of the barrier before, and applied one by one: P steps of lr / P
    # are one along their mean, but for rounding, which is float32's. The barrier falls at the same instant.
    optimizer = "sgd lr=0.1"
    rounds, each = run("hardsync", cluster, 40, optimizer), run("ssp slack=0", cluster, 40 * WORKERS, optimizer)
    np.testing.assert_allclose(each.trajectory.x[::WORKERS], rounds.trajectory.x, rtol=0, atol=2e-6)
    np.testing.assert_array_equal(each.trajectory.seconds[::WORKERS], rounds.trajectory.seconds)
    # The i-th gradient that arrives in a round is applied i versions after the barrier.
    assert each.staleness == dict.fromkeys(range(WORKERS), 40 * len(each.staleness_by_shard))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam weight_decay=0.1"])
@pytest.mark.parametrize("slack", [0, 2])
def test_the_mean_of_workers_times_the_rate_is_the_sum(slack, optimizer):
    # What is divided is the learning rate: so it is for Adam, whom the length of a gradient would leave cold.
    fields = {"workers": 4, "straggler": "exponential", "until": "updates=40", "record": EVERY_UPDATE}
    added = simulated(f"ssp slack={slack} update=sum", optimizer=f"{optimizer} lr=0.01", **fields)
    mean = simulated(f"ssp slack={slack}", optimizer=f"{optimizer} lr=0.04", **fields)
    np.testing.assert_array_equal(mean.trajectory.x, added.trajectory.x)
    assert {metric.learning_rate for metric in mean.metrics} == {0.01}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_softsync_and_k_batch_async_are_one(cluster):
    assert_same(run("softsync n=2", cluster), run(f"k_batch_async k={WORKERS // 2}", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_backup_workers_that_abandon_are_k_sync(cluster):
    assert_same(run("backup_sync backups=2", cluster), run(f"k_sync k={WORKERS - 2}", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_one_gradient_is_one_workers(cluster):
    assert_same(run("k_batch_sync k=1", cluster), run("k_sync k=1", cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_gradient_that_is_not_stale_at_all_is_an_update_of_rennala_and_of_ringmaster(cluster):
    assert_same(run("rennala k=1", cluster), run("ringmaster threshold=1", cluster))


@pytest.mark.parametrize("cluster", ["ideal", "network and queue"])
def test_ringmaster_that_abandons_whatever_is_stale_is_k_sync(cluster):
    # In shards it is not: each goes by versions of its own, and has no rounds.
    assert_same(run("ringmaster threshold=1 late=abandon", cluster), run("k_sync k=1", cluster))


def test_between_their_ends_the_k_variants_are_four():
    variants = ["k_sync k=2", "k_async k=2", "k_batch_async k=2", "k_batch_sync k=2"]
    assert len({run(variant, "ideal").trajectory.x[-1].tobytes() for variant in variants}) == 4


def test_equal_protocols_have_equal_bytes_in_their_summaries():
    one, other = run(f"softsync n={WORKERS}", "ideal").summary, run("async_ps", "ideal").summary
    ignored = {"protocol": "", "wall_seconds": None, "config_hash": ""}
    assert dataclasses.replace(one, **ignored) == dataclasses.replace(other, **ignored)

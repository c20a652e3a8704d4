"""Dutta et al. 2018: how long an update takes that waits for K gradients of P workers."""

import json

import pytest
from experiments import cluster_of, simulated
from on_the_clock import harmonic, on_the_clock, seconds_of_an_update

from sim.protocols.k_async import KAsync

WORKERS = 8


def order_statistic(k):
    """E X_{K:P} of exponentials of mean 1; the standard deviation is 0.71, 0.51, 0.45 of it for k = 2, 4, 8."""
    return harmonic(WORKERS) - harmonic(WORKERS - k)


# 8000, 4000, 2000 updates: standard errors of 0.8, 0.8, 1.0 %.
@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 4, 8])
def test_k_sync_takes_the_kth_order_statistic(k):
    assert seconds_of_an_update(f"k_sync k={k}", WORKERS, 16_000 // k) == pytest.approx(order_statistic(k), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 6])
def test_k_sync_takes_the_shift_and_the_order_statistic_of_what_is_above_it(k):
    # All restart together, so the constant half of the mean is paid in every round.
    seconds = seconds_of_an_update(f"k_sync k={k}", WORKERS, 4000, straggler="shifted_exponential shift=0.5")
    assert seconds == pytest.approx(0.5 + 0.5 * order_statistic(k), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 5, 16])
def test_k_batch_sync_takes_k_over_p_with_memoryless_workers(k):
    # P exponential clocks tick P times a second in all, whoever restarts.
    assert seconds_of_an_update(f"k_batch_sync k={k}", WORKERS, 16000 // k) == pytest.approx(k / WORKERS, rel=0.02)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_k_async_takes_the_kth_order_statistic_with_memoryless_workers(k):
    assert seconds_of_an_update(f"k_async k={k}", WORKERS, 16_000 // k) == pytest.approx(order_statistic(k), rel=0.02)


@pytest.mark.parametrize("k", [2, 6])
def test_k_async_is_faster_than_k_sync_where_new_takes_longer_than_used(k):
    law = "shifted_exponential shift=0.5"
    assert seconds_of_an_update(f"k_async k={k}", WORKERS, 2000, straggler=law) < 0.5 + 0.5 * order_statistic(k)


LAWS = ["shifted_exponential", "lognormal cv=0.8", "gamma cv=1.2", "pareto shape=4"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("law", "k"), [*((law, 3) for law in LAWS), ("exponential", 1), ("exponential", 3), ("gamma cv=1.2", 20)]
)
def test_k_batch_async_takes_k_over_p_for_any_law(law, k):
    # Elementary renewal: 30 000 gradients of cv 1.2 at most have a standard error of 1.2 / sqrt(30000) = 0.7 %.
    seconds = seconds_of_an_update(f"k_batch_async k={k}", WORKERS, 30_000 // k, straggler=law)
    assert seconds == pytest.approx(k / WORKERS, rel=0.02)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_k_batch_async_has_the_mean_staleness_of_softsync(k):
    # What the 12 000 gradients gather before the first round and after the last is below lambda^2 each.
    mean = on_the_clock(f"k_batch_async k={k}", WORKERS, 12_000 // k).summary.mean_staleness
    assert mean == pytest.approx((WORKERS - 1) / k, abs=2 * WORKERS**2 / 12_000)


@pytest.mark.parametrize("protocol", ["k_sync k=3", "k_batch_sync k=3"])
def test_synchronous_updates_have_no_staleness(protocol):
    result = on_the_clock(protocol, WORKERS, 500, network="single_switch")
    assert result.staleness == {0: 3 * 500}


def test_k_sync_counts_what_was_finished_and_not_what_was_cancelled():
    # On an ideal network nobody finishes between the K-th push and the cancellation.
    assert on_the_clock("k_sync k=3", WORKERS, 500).summary.gradients == 3 * 500


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["k_sync k=2", "k_batch_sync k=5"])
def test_a_cancelled_mini_batch_is_the_workers_next_one(protocol):
    cluster = cluster_of(protocol, straggler="exponential", until="updates=200")
    cluster.run()
    assert sum(worker._step for worker in cluster.workers) == cluster.world.recorder.gradients


def test_a_cancelled_worker_begins_anew_when_the_new_model_reaches_it():
    # Worker 0 takes 4 s, the others 1 s; 4 models of 0.25e9 B take 1 s through the server's link of 1e9 B/s, 3 pushes
    # 0.75 s. So an update comes 1.75 s after the models, they 1 s after it, and worker 0 never finishes.
    fields = {
        "straggler": "slow_node factor=4",
        "network": "single_switch bandwidth_gbps=8 latency_us=0",
        "workload": "synthetic seconds=1 bytes=2.5e8",
    }
    summary = on_the_clock("k_sync k=3", 4, 5, **fields).summary
    assert summary.virtual_seconds == pytest.approx(1.0 + 5 * 1.75 + 4 * 1.0)
    assert summary.gradients == 3 * 5


@pytest.mark.parametrize(
    "protocol",
    [
        "k_sync k=2",
        "k_async k=2",
        "k_batch_sync k=2",
        "k_batch_async k=2",
        "backup_sync backups=1 late=finish",
        "ssp slack=1",
        "rennala k=2",
        "ringmaster threshold=2 late=abandon",
    ],
)
def test_shards_that_have_others_first_do_not_wait_for_each_other(protocol, tmp_path):
    # Shard p hears workers a and b first, q b and c, r c and a. Were each to update with those two, a would wait for q,
    # b for r and c for p in k_async, and each of these for a second gradient.
    milliseconds = {"ap": 1, "bp": 2, "cp": 9, "aq": 9, "bq": 1, "cq": 2, "ar": 2, "br": 9, "cr": 1}
    links = [
        {"source": worker, "target": shard, "bandwidth_gbps": 10, "latency_us": 1000 * latency}
        for (worker, shard), latency in milliseconds.items()
    ]
    path = tmp_path / "circle.json"
    path.write_text(json.dumps({"nodes": [{"id": name} for name in "abcpqr"], "edges": links}))
    fields = {
        "straggler": "none",
        "network": f"file path={path}",
        "server": "shards=3",
        "problem": "digits_mlp hidden=[8]",
    }
    summary = on_the_clock(protocol, 3, 50, **fields).summary
    assert (summary.status, summary.updates) == ("completed", 50)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_worker_with_slow_wires_is_sent_what_they_can_carry(shards, tmp_path):
    # Workers a and b make an update each second, and exchange 4e6 B for it; c's wires carry 1e6 B in 10 s.
    links = [
        {"source": name, "target": "switch", "bandwidth_gbps": 8 if name != "c" else 8e-4, "latency_us": 0}
        for name in "abcpqr"[: 3 + shards]
    ]
    path = tmp_path / "slow.json"
    nodes = [{"id": name} for name in "abcpqr"[: 3 + shards]] + [{"id": "switch", "kind": "switch"}]
    path.write_text(json.dumps({"nodes": nodes, "edges": links}))
    fields = {"straggler": "none", "network": f"file path={path}", "server": f"shards={shards}"}
    summary = on_the_clock("k_sync k=2", 3, 200, **fields).summary
    assert summary.virtual_seconds == pytest.approx(200, rel=0.01)
    assert 200 * 4e6 < summary.bytes_sent < 200 * 4e6 + 200 / 10 * 2e6 + 5e6


def test_the_shards_of_k_async_update_with_the_gradients_of_the_same_workers():
    applied = {}

    class Watched(KAsync):
        def update(self, server, pushes):
            applied.setdefault(server.number, []).append(sorted(push.rank for push in pushes))
            super().update(server, pushes)

    simulated(
        Watched(k=3),
        workers=6,
        straggler="lognormal cv=0.01",
        network="single_switch bandwidth_gbps=1",
        workload="synthetic seconds=0.05 bytes=1e6",
        server="shards=6 colocated=true",
        until="updates=100",
    )
    first = [sorted(updates[:80]) for updates in applied.values()]
    assert len(first) == 6
    assert all(updates == first[0] for updates in first)


@pytest.mark.parametrize("protocol", ["k_sync", "k_async"])
def test_there_are_not_more_different_workers_than_workers(protocol):
    with pytest.raises(ValueError, match=r"^protocol\.k: must be at most 4, got 5; an update waits for as many"):
        cluster_of(f"{protocol} k=5", workers=4, network="ideal")

"""Rudra's server arrangements: a tree changes when things happen, and what is overlapped ages."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, cluster_of, names, option, simulated
from nobody_waits import assert_nobody_waits_for_ever

from sim.connections.batches.connect import Batches
from sim.connections.server.connect import ParameterServer
from sim.server import Arrangement
from sim.start import Start

FLAT, TREE, OVERLAPPED = (arrangement.name for arrangement in Arrangement)
PROTOCOLS = [name for name in names("protocol") if option("protocol", name).needs in ((ParameterServer,), (Batches,))]
AT_ONCE = [name for name in PROTOCOLS if getattr(option("protocol", name), "answers_at_once", False)]


def timing(protocol, arrangement, workers, *, seconds=1.0, nbytes=1e6, **fields):
    """A run of the clock alone."""
    common = {"straggler": "lognormal cv=0.1", "network": "single_switch", "until": "updates=200"}
    common |= {"problem": "none", "workload": f"synthetic seconds={seconds} bytes={nbytes}"}
    server = f"arrangement={arrangement} {fields.pop('server', '')}"
    return simulated(protocol, workers=workers, server=server, **common | fields)


def learning(protocol, arrangement, workers=7, **fields):
    """A run that keeps every model."""
    common = {"straggler": "exponential", "network": "single_switch", "problem": "digits_mlp hidden=[8]"}
    common |= {"until": "updates=30", "record": EVERY_UPDATE}
    server = f"arrangement={arrangement} {fields.pop('server', 'fan_out=2')}"
    return simulated(protocol, workers=workers, server=server, **common | fields)


# -- what is learned


@pytest.mark.parametrize("sharding", [1, 3])
@pytest.mark.parametrize("protocol", ["hardsync", "k_async k=7"])
def test_with_a_barrier_a_tree_learns_the_bits_of_the_flat_server(protocol, sharding):
    server = f"shards={sharding} fan_out=2 apply_rate=1e7"
    flat, tree = (learning(protocol, arrangement, server=server) for arrangement in (FLAT, TREE))
    np.testing.assert_array_equal(tree.trajectory.x, flat.trajectory.x)
    assert tree.trajectory.seconds[-1] != flat.trajectory.seconds[-1]


@pytest.mark.parametrize("sharding", [1, 3])
def test_without_slack_a_tree_learns_what_the_flat_server_does_at_every_barrier(sharding):
    # The gradients of a round come one by one in another order, so that their sum is rounded in another way (float32).
    server = f"shards={sharding} fan_out=2 apply_rate=1e7"
    flat, tree = (learning("ssp slack=0", each, server=server, until="updates=70") for each in (FLAT, TREE))
    np.testing.assert_allclose(tree.trajectory.x[::7], flat.trajectory.x[::7], rtol=0, atol=2e-6)
    assert tree.trajectory.seconds[-1] != flat.trajectory.seconds[-1]


@pytest.mark.slow
@pytest.mark.parametrize("straggler", ["none", "exponential"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_where_messages_take_no_time_a_tree_changes_nothing(protocol, straggler):
    fields = {"straggler": straggler, "network": "ideal"}
    flat, tree = (learning(protocol, arrangement, **fields) for arrangement in (FLAT, TREE))
    np.testing.assert_array_equal(tree.trajectory.x, flat.trajectory.x)
    np.testing.assert_array_equal(tree.trajectory.seconds, flat.trajectory.seconds)
    assert tree.staleness == flat.staleness


@pytest.mark.slow
@pytest.mark.parametrize("arrangement", [FLAT, TREE])
@pytest.mark.parametrize("n", [1, 4, 30])
def test_neither_base_nor_adv_changes_the_mean_staleness(arrangement, n):
    # (lambda - 1) / c exactly over a long run, up to lambda^2 / c of both ends. The wires are busy: 30 gradients take
    # 30 * 1e7 / 1.25e9 = 0.24 s into the server's link, a gradient 0.1 s; so aggregators relay sums.
    c, updates = 30 // n, 200 * n
    summary = timing(f"softsync n={n}", arrangement, 30, seconds=0.1, nbytes=1e7, until=f"updates={updates}").summary
    assert summary.mean_staleness == pytest.approx(29 / c, abs=30**2 / c / updates)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["softsync n=1", "softsync n=30", "k_batch_async k=10", "async_ps"])
def test_what_is_overlapped_is_older(protocol):
    fields = {"seconds": 0.1, "nbytes": 1e7}
    tree, overlapped = (timing(protocol, each, 30, **fields).summary for each in (TREE, OVERLAPPED))
    assert overlapped.mean_staleness > 1.2 * tree.mean_staleness


@pytest.mark.slow
def test_overlapped_learners_still_learn():
    metrics = simulated(
        "softsync n=2",
        workers=8,
        problem="quadratic dim=4",
        straggler="exponential",
        server=f"arrangement={OVERLAPPED} shards=2 fan_out=2 apply_rate=1e8",
        workload="synthetic seconds=0.01 bytes=1e6",
        until="updates=300",
    ).metrics
    assert metrics[-1].test_loss < 0.01 * metrics[0].test_loss


# -- how long it takes


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["softsync n=1", "softsync n=60"])
def test_a_large_model_and_little_computing_is_what_trees_and_threads_are_for(protocol):
    # The paper's adversarial case: 60 learners, 300 MB. At 80 Gb/s a model takes 0.03 s. Base: the 60 gradients of a
    # round go into one link, which takes 60 * 0.03 = 1.8 s for 0.4 s of computing: 22 % at most. Adv*: a push shares
    # its link with 4 broadcasts at most, and its leaf's with 3 others: 5 * 0.03 < 0.4 s, all hidden but the first pull.
    # They begin together: gradients that come at once make the largest sums, which the tree is for.
    fields = {"seconds": 0.4, "nbytes": 3e8, "network": "single_switch bandwidth_gbps=80", "until": "seconds=100"}
    fields["start"] = Start.together
    base, adv, overlapped = (
        timing(protocol, each, 60, **fields).summary.compute_fraction for each in (FLAT, TREE, OVERLAPPED)
    )
    assert 0.8 * 0.4 / 1.8 < base < 0.4 / 1.8
    assert 1.5 * base < adv < 0.8
    assert overlapped > 0.99


def test_hardsync_in_a_tree_of_two_levels_takes_two_hops_each_way():
    # 16 workers, fan_out 4: four leaves. 4 gradients into a leaf's link, 4 sums into the root's: 8 M / B; down the
    # same: 4 models out of the root, 4 out of every leaf. Flat: 16 + 16. M / B = 1e7 / 1.25e9 = 8 ms.
    fields = {"straggler": "none", "network": "single_switch bandwidth_gbps=10 latency_us=0", "until": "updates=5"}
    seconds = {
        each: timing("hardsync", each, 16, nbytes=1e7, **fields).summary.virtual_seconds for each in (FLAT, TREE)
    }
    # The first models come at once; the run ends when the fifth update is made, before it goes down.
    assert seconds[TREE] == pytest.approx(5 * 1.0 + 5 * (8 + 8) * 8e-3, rel=1e-9)
    assert seconds[FLAT] == pytest.approx(5 * 1.0 + 5 * (16 + 16) * 8e-3, rel=1e-9)


@pytest.mark.parametrize("shards", [1, 2])
def test_adding_up_takes_time_at_every_node(shards):
    # Ideal wires, 4 workers, fan_out 2: a leaf adds up 2 gradients, one after the other, of 1 / shards s each and with
    # one core for all shards; the root of each shard 2 sums, of which the second comes with the first.
    server = f"fan_out=2 shards={shards} apply_rate=1e6"
    fields = {"network": "ideal", "straggler": "none", "until": "updates=3", "server": server}
    summary = timing("hardsync", TREE, 4, nbytes=1e6, **fields).summary
    assert summary.virtual_seconds == pytest.approx(3 * (1.0 + 2.0 + 2.0 / shards))
    assert summary.server_utilisation == pytest.approx(2.0 / shards / (3.0 + 2.0 / shards))


# -- messages


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize(("workers", "fan_out", "nodes"), [(3, 4, 0), (7, 2, 6), (16, 4, 4), (17, 4, 7), (30, 2, 29)])
def test_a_round_of_hardsync_is_one_message_each_way_for_every_worker_and_node(workers, fan_out, nodes, shards):
    # Levels until fan_out nodes reach the server. (7, 2): 4 + 2; (17, 4): 5 + 2; (30, 2): 15 + 8 + 4 + 2.
    server = f"fan_out={fan_out} shards={shards}"
    sent = [
        timing("hardsync", TREE, workers, nbytes=6e3, server=server, until=f"updates={updates}").summary.bytes_sent
        for updates in (4, 5)
    ]
    assert sent[1] - sent[0] == pytest.approx(2 * (workers + nodes) * 6e3)


def test_few_compressed_gradients_travel_by_themselves_and_many_as_their_sum():
    # Top-1 of 100 numbers is an index and a number: of 2 workers that is less than the sum, of 64 it is more.
    def relayed(workers, fan_out):
        cluster = cluster_of(
            "hardsync",
            workers=workers,
            problem="quadratic dim=100",
            compression="top_k share=0.01",
            server=f"arrangement={TREE} fan_out={fan_out}",
            until="updates=1",
        )
        cluster.run()
        return cluster

    few, many = relayed(4, 2), relayed(128, 64)
    into_root = {
        cluster: sum(
            carried
            for (_, target), carried in cluster.world.fabric.link_bytes().items()
            if target == cluster.deployment.servers[0]
        )
        for cluster in (few, many)
    }
    message = few.shards[0].push_nbytes
    assert into_root[few] == pytest.approx(4 * message)
    assert into_root[many] == pytest.approx(2 * min(64 * message, many.shards[0].nbytes))
    assert 64 * message > many.shards[0].nbytes


def test_a_tree_of_a_sharded_server_lives_on_as_many_hosts_as_that_of_one_shard():
    cluster = cluster_of(workers=16, server=f"shards=3 arrangement={TREE}")
    assert len(cluster.deployment.servers) == 3 + 4


def test_colocated_aggregators_live_with_workers_of_theirs():
    cluster = cluster_of(workers=16, server=f"arrangement={TREE} colocated=true fan_out=2")
    # The root with worker 0; level 2 of (0..7), (8..15); level 1 of every 4; leaves of every 2.
    assert [*cluster.deployment.servers] == [0, 3, 11, 1, 5, 9, 13, *range(0, 16, 2)]


# -- every protocol


@pytest.mark.slow
@pytest.mark.parametrize("fan_out", [2, 4])
@pytest.mark.parametrize(
    ("protocol", "arrangement"), [(each, TREE) for each in PROTOCOLS] + [(each, OVERLAPPED) for each in AT_ONCE]
)
def test_nobody_is_left_waiting(protocol, arrangement, fan_out):
    for workers, shards in ((1, 1), (2, 1), (3, 2), (7, 2), (30, 1)):
        cluster = cluster_of(
            protocol,
            workers=workers,
            problem="none",
            straggler="exponential",
            workload="synthetic seconds=0.01 bytes=1e6",
            server=f"arrangement={arrangement} fan_out={fan_out} shards={shards} apply_rate=1e9",
            until="updates=30",
        )
        assert_nobody_waits_for_ever(cluster)


@pytest.mark.parametrize("arrangement", [TREE, OVERLAPPED])
def test_every_moment_of_every_worker_is_accounted_for(arrangement):
    fields = {"server": "fan_out=2 shards=2 apply_rate=1e8", "record": "spans=true", "until": "updates=50"}
    result = timing("softsync n=2", arrangement, 7, seconds=0.01, **fields)
    spans = result.spans
    assert (spans.end - spans.start)[spans.worker >= 0].sum() == pytest.approx(7 * result.summary.virtual_seconds)
    assert set(spans.worker[spans.worker < 0]) == {-1 - server for server in range(2 + 4 + 2)}  # all of them work
    assert spans.shards == 2


WAITING = [*(name for name in PROTOCOLS if name not in AT_ONCE), "async_ps n_push=2", "async_ps warm_start=1"]


@pytest.mark.parametrize("protocol", WAITING)
def test_protocols_whose_workers_wait_cannot_be_overlapped(protocol):
    with pytest.raises(ValueError, match=r"^server\.arrangement: overlapped_tree .* use server\.arrangement=tree"):
        cluster_of(protocol, server=f"arrangement={OVERLAPPED}")

"""Servers of a cluster of machines: shards go round them, and gradients may be added up inside before they leave."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, cluster_of, experiment, names, option, simulated
from nobody_waits import assert_nobody_waits_for_ever
from on_the_clock import on_the_clock

from sim.cluster.blueprint import Blueprint
from sim.connections.batches.connect import Batches
from sim.connections.server.connect import ParameterServer

#: Machines of 4 GPUs with links of 10 GB/s and 1 us inside, and one card of 1 GB/s and 10 us.
POD = "gpu_pod gpus_per_machine=4 rails=1 intra_bandwidth_gbps=80 intra_latency_us=1 bandwidth_gbps=8 latency_us=10"
INSIDE, CARD = 1e10, 1e9
NBYTES = 1e8
WITH_A_SERVER = [
    name for name in names("protocol") if option("protocol", name).needs in ((ParameterServer,), (Batches,))
]


def period(server, workers=16, **fields):
    """From one update of hardsync to the next (s), of gradients that take 1 s."""
    common = {"network": POD, "straggler": "none", "workload": f"synthetic seconds=1 bytes={NBYTES}"} | fields
    few, many = (on_the_clock("hardsync", workers, count, server=server, **common).summary for count in (2, 6))
    return (many.virtual_seconds - few.virtual_seconds) / 4


@pytest.mark.parametrize(
    ("shards", "placement", "hosts"),
    [
        (4, "packed", [0, 4, 8, 12]),
        (6, "packed", [0, 4, 8, 12, 1, 5]),
        (17, "packed", [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0]),
        (6, "spread", [0, 4, 8, 12, 1, 5]),
    ],
)
def test_colocated_shards_go_round_the_machines(shards, placement, hosts):
    fields = {"workers": 16, "network": POD, "placement": placement, "server": f"shards={shards} colocated=true"}
    assert [*cluster_of("hardsync", **fields).deployment.servers] == hosts


@pytest.mark.parametrize("network", ["ideal", "single_switch", "fat_tree", "torus"])
def test_without_machines_shards_live_with_the_workers_in_order(network):
    cluster = cluster_of("hardsync", workers=6, network=network, server="shards=4 colocated=true")
    assert [*cluster.deployment.servers] == [*cluster.deployment.workers][:4]


def test_shards_on_all_machines_share_the_cards():
    # M shards on M machines of g: into each card come the b / M of (M - 1) g workers, and as much leaves it.
    expected = 1.0 + 2 * (2 * 10e-6 + 2 * 1e-6) + 2 * 3 * 4 * NBYTES / 4 / CARD
    assert period("shards=4 colocated=true") == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("workers", "placement"), [(16, "packed"), (16, "spread"), (8, "packed")])
def test_an_update_takes_two_sums_and_two_broadcasts(workers, placement):
    # Inside, g - 1 gradients of b bytes reach the leader over its own link, a route of two links; then M - 1 sums reach
    # the shard's card, a route of four. The model goes back the same way.
    machines = workers // 4
    inside = 2 * 1e-6 + 3 * NBYTES / INSIDE
    between = 2 * 1e-6 + 2 * 10e-6 + (machines - 1) * NBYTES / CARD
    measured = period("colocated=true local_sum=true", workers, placement=placement)
    assert measured == pytest.approx(1.0 + 2 * (inside + between), rel=1e-9)
    flat = 1.0 + 2 * (2 * 1e-6 + 2 * 10e-6 + 4 * (machines - 1) * NBYTES / CARD)
    assert period("colocated=true", workers, placement=placement) == pytest.approx(flat, rel=1e-9)


def test_a_machine_that_is_not_full_has_a_leader_too():
    # 9 workers on three machines; the last one's worker adds up alone.
    inside, between = 2 * 1e-6 + 3 * NBYTES / INSIDE, 2 * 1e-6 + 2 * 10e-6 + 2 * NBYTES / CARD
    # Its gradient is on the card while the others are added up: that much of its share of the card is over.
    assert period("colocated=true local_sum=true", 9) <= 1.0 + 2 * (inside + between)
    assert period("colocated=true local_sum=true", 9) > 1.0 + 2 * between


def test_leaders_add_up_on_cores_like_a_shards():
    # The g - 1 gradients from elsewhere come at once and are added one after the other, b / r each, as are the M - 1
    # sums from other machines at the shard; those that need no wire have been added by then.
    added = period("colocated=true local_sum=true apply_rate=1e12") - period("colocated=true local_sum=true")
    assert added == pytest.approx((3 + 3) * NBYTES / 1e12, rel=1e-6)


@pytest.mark.parametrize("placement", ["packed", "spread"])
@pytest.mark.parametrize("protocol", ["hardsync", "k_async k=8", "easgd", "sandblaster"])
@pytest.mark.parametrize("shards", [1, 3])
def test_with_a_barrier_the_bits_are_those_of_every_worker_for_itself(protocol, shards, placement):
    fields = {"workers": 8, "network": POD, "straggler": "exponential", "problem": "digits_mlp hidden=[8]"}
    fields |= {"until": "updates=6", "record": EVERY_UPDATE, "placement": placement}
    alone, summed = (
        simulated(protocol, server=f"shards={shards} local_sum={local}", **fields) for local in ("false", "true")
    )
    np.testing.assert_array_equal(summed.trajectory.x, alone.trajectory.x)
    assert summed.summary.virtual_seconds != alone.summary.virtual_seconds


@pytest.mark.slow
@pytest.mark.parametrize("protocol", WITH_A_SERVER)
def test_nobody_is_left_waiting(protocol):
    for workers, shards in ((2, 1), (7, 2), (13, 1)):
        cluster = cluster_of(
            protocol,
            workers=workers,
            problem="none",
            straggler="exponential",
            workload="synthetic seconds=0.01 bytes=1e6",
            network=POD,
            server=f"shards={shards} apply_rate=1e9 local_sum=true",
            until="updates=30",
        )
        assert_nobody_waits_for_ever(cluster)


# -- what does not go together


@pytest.mark.parametrize("network", ["ideal", "single_switch"])
def test_sums_inside_machines_are_refused_where_nobody_shares_one(network):
    for fields in ({"network": network, "workers": 4}, {"network": POD, "workers": 1}):
        with pytest.raises(ValueError, match=r"^server\.local_sum: .*no two of workers=\d.*network=gpu_pod, or give"):
            Blueprint(experiment("hardsync", server="local_sum=true", **fields))


def test_sums_inside_machines_are_refused_beside_another_tree():
    for arrangement in ("tree", "overlapped_tree"):
        server = f"local_sum=true arrangement={arrangement}"
        with pytest.raises(ValueError, match=r"^server\.local_sum: .*it is \w+; use server\.arrangement=flat"):
            Blueprint(experiment("async_ps", workers=8, network=POD, server=server))
    with pytest.raises(ValueError, match=r"^server\.local_sum: adds up what .*, and protocol=easgd_tree has centres"):
        Blueprint(experiment("easgd_tree", workers=8, network=POD, server="local_sum=true"))

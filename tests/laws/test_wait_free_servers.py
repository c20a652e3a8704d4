"""Wait-free pushes: gradients that reach a server tensor by tensor while the rest is computed."""

import numpy as np
import pytest
from experiments import cluster_of, experiment, names, option, simulated
from nobody_waits import assert_nobody_waits_for_ever
from on_the_clock import on_the_clock

from sim.cluster.blueprint import Blueprint
from sim.connections.server.connect import ParameterServer

OVERLAP = "ideal overlap=true"
#: Links of 8 Gb/s and 10 us, two in a route.
WIRES = {"network": "single_switch bandwidth_gbps=8 latency_us=10", "straggler": "none"}
BANDWIDTH, ALPHA = 1e9, 20e-6
SERVED = [name for name in names("protocol") if option("protocol", name).needs == (ParameterServer,)]
SERVED = [name for name in SERVED if option("protocol", name).sends_gradients]
#: As Rudra's hardsync.
SYNCHRONOUS = ["hardsync", "k_sync k=5", "k_async k=5", "backup_sync", "backup_sync late=finish"]


def workload(nbytes, tensors):
    return f"synthetic seconds=1 bytes={nbytes} tensors={tensors}"


def ready(tensors):
    """When each of equal tensors is: a third of the second is the forward pass."""
    return [1 / 3 + 2 / 3 * done / tensors for done in range(1, tensors + 1)]


def period(protocol, workers, **fields):
    """From one update to the next (s)."""
    few, many = (on_the_clock(protocol, workers, count, **WIRES | fields).summary for count in (2, 6))
    return (many.virtual_seconds - few.virtual_seconds) / 4


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("nbytes", [1e6, 2e8, 1e9], ids=["hidden", "partly", "bound"])
@pytest.mark.parametrize("tensors", [1, 4, 10])
def test_an_update_of_one_shard_takes_the_fifo_recursion(workers, nbytes, tensors):
    # As in Zhang et al. 2017: of n workers that are alike tensor l reaches the server's link when it is ready and those
    # before it are through, e_l = max(ready_l + alpha, e_{l+1}) + n b_l / B. The model follows in one piece.
    end = 0.0
    for when in ready(tensors):
        end = max(when + ALPHA, end) + workers * nbytes / tensors / BANDWIDTH
    expected = end + ALPHA + workers * nbytes / BANDWIDTH
    measured = period("hardsync", workers, workload=workload(nbytes, tensors), transport=OVERLAP)
    assert measured == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("protocol", SYNCHRONOUS)
def test_every_synchronous_protocol_takes_the_time_of_hardsync(protocol):
    fields = {"workload": workload(2e8, 4), "transport": OVERLAP, "server": "shards=2"}
    assert period(protocol, 5, **fields) == pytest.approx(period("hardsync", 5, **fields), rel=1e-9)


@pytest.mark.parametrize("shards", [2, 4, 8])
def test_shards_that_have_all_of_their_part_answer_while_the_rest_is_computed(shards):
    # Eight tensors of 2e5 B take 0.2 ms each, and are ready every 1/12 s: all but the last is hidden, and so are the
    # answers of all shards but the first one's, which follows. Only the worker's own links matter.
    fields = {"workload": workload(1.6e6, 8), "transport": OVERLAP, "server": f"shards={shards}"}
    expected = 1.0 + 2 * ALPHA + 2e5 / BANDWIDTH + 1.6e6 / shards / BANDWIDTH
    assert period("async_ps", 1, **fields) == pytest.approx(expected, rel=1e-9)
    plain = period("async_ps", 1, **fields | {"transport": "ideal"})
    assert plain == pytest.approx(1.0 + 2 * ALPHA + 2 * 1.6e6 / BANDWIDTH, rel=1e-9)


@pytest.mark.parametrize("protocol", ["hardsync", "k_sync k=3", "async_ps"])
def test_what_is_ready_at_one_instant_is_sent_in_order(protocol):
    # Without compute time nothing is early: the piece that hands a gradient over is still the last one of its channel.
    fields = {"workload": "synthetic seconds=0 bytes=3e7 tensors=3", "server": "shards=2"}
    overlapped = period(protocol, 3, transport=OVERLAP, **fields)
    assert overlapped == pytest.approx(period(protocol, 3, transport="ideal", **fields), rel=1e-9)


def test_servers_and_all_reduce_hide_the_same():
    # As many colocated shards as workers carry what a ring does, (n - 1)/n b each way. 40 tensors of 0.1 ms are ready
    # every 1/60 s and dealt to the shards in turn, so that all is hidden but the last one: of a ring that tensor's
    # bytes, of the servers the three pushes of it from elsewhere, and its shard's three answers of b / 4.
    fields = {"workload": workload(4e6, 40), "collective": "ring"}
    server = "shards=4 colocated=true sharding=per_tensor"
    served = period("hardsync", 4, server=server, **fields)
    assert served == pytest.approx(1.0 + 2 * ALPHA + 1.5 * 4e6 / BANDWIDTH, rel=1e-9)
    reduced = period("allreduce bucket_bytes=null", 4, **fields)
    assert reduced == pytest.approx(1.0 + 6 * ALPHA + 1.5 * 4e6 / BANDWIDTH, rel=1e-9)
    fields |= {"transport": OVERLAP}
    served = period("hardsync", 4, server=server, **fields)
    assert served == pytest.approx(1.0 + 2 * ALPHA + (3 * 1e5 + 3 * 1e6) / BANDWIDTH, rel=1e-9)
    reduced = period("allreduce bucket_bytes=0", 4, **fields)
    assert reduced == pytest.approx(1.0 + 6 * ALPHA + 1.5 * 1e5 / BANDWIDTH, rel=1e-9)


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("protocol", SYNCHRONOUS)
@pytest.mark.parametrize("arrangement", ["flat", "tree fan_out=2"])
def test_only_the_time_changes_and_not_a_bit_of_the_model(protocol, shards, arrangement):
    fields = {
        "workers": 5,
        "problem": "digits_mlp",
        "straggler": "exponential",
        "network": "single_switch",
        "server": f"shards={shards} arrangement={arrangement}",
        "until": "updates=6",
        "record": "every_updates=2 trajectory=true",
    }
    plain, early = (simulated(protocol, transport=transport, **fields) for transport in ("ideal", OVERLAP))
    np.testing.assert_array_equal(early.trajectory.x, plain.trajectory.x)
    assert early.summary.virtual_seconds != plain.summary.virtual_seconds


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [*SERVED, "rennala k=3", "ringmaster threshold=2 late=abandon"])
@pytest.mark.parametrize("server", ["shards=1", "shards=3 apply_rate=1e8", "shards=2 arrangement=tree fan_out=2"])
def test_nobody_is_left_waiting(protocol, server):
    for workers in (1, 2, 7):
        cluster = cluster_of(
            protocol,
            workers=workers,
            problem="digits_mlp hidden=[8]",
            straggler="exponential",
            workload="synthetic seconds=0.01 bytes=1e6 tensors=5",
            network="single_switch",
            server=server,
            transport=OVERLAP,
            until="updates=30",
        )
        assert_nobody_waits_for_ever(cluster)


def test_what_asks_for_few_gradients_abandons_the_others():
    # Two of five: what has been sent of an abandoned gradient makes no push, and what is pushed later is dropped.
    fields = {"straggler": "exponential", "workload": workload(1e6, 8), "server": "shards=2"}
    early = on_the_clock("k_sync k=2", 5, 200, transport=OVERLAP, **WIRES | fields).summary
    plain = on_the_clock("k_sync k=2", 5, 200, **WIRES | fields).summary
    assert early.virtual_seconds == pytest.approx(plain.virtual_seconds, rel=0.05)


@pytest.mark.parametrize("server", ["shards=1", "shards=4", "shards=4 arrangement=tree fan_out=2"])
@pytest.mark.parametrize("protocol", ["hardsync", "async_ps"])
def test_while_a_worker_computes_it_is_not_said_to_communicate(protocol, server):
    # A gradient takes 1 s, whoever pushes and answers meanwhile; a run ends before the last of them are answered.
    result = on_the_clock(
        protocol,
        4,
        400,
        workload=workload(4e8, 8),
        server=server,
        transport=OVERLAP,
        record="spans=true",
        **WIRES,
    )
    spans = result.spans
    computing = spans.kind == list(spans.kinds).index("compute")
    ended = computing & (spans.end < result.summary.virtual_seconds)
    np.testing.assert_allclose((spans.end - spans.start)[ended], 1.0, rtol=1e-9)
    assert result.summary.communicate_fraction > 0.1


@pytest.mark.parametrize("sharding", ["even", "per_tensor", "partitioned part_bytes=3e5"])
@pytest.mark.parametrize("shards", [1, 3, 7])
def test_the_pieces_are_the_whole_gradient(sharding, shards):
    fields = {"problem": "digits_mlp", "server": f"shards={shards} sharding={sharding}", "workload": "native"}
    (connection,) = Blueprint(experiment("hardsync", transport=OVERLAP, **fields)).connections
    pieces = [piece for departure in connection.departures for piece in departure.pieces]
    for number, part in enumerate(connection.parts):
        own = [piece for piece in pieces if piece.shard == number]
        assert sum(piece.nbytes for piece in own) == pytest.approx(connection.nbytes * part.share, rel=1e-12)
        assert [piece.last for piece in own] == [False] * (len(own) - 1) + [True]
        assert min(piece.nbytes for piece in own) > 0.0
    shares = [departure.share for departure in connection.departures]
    assert shares == sorted(set(shares))
    assert shares[-1] == 1.0


@pytest.mark.parametrize("protocol", ["hardsync", "allreduce"])
def test_a_blueprint_knows_whether_anything_is_sent_early(protocol):
    def early(tensors, transport):
        return Blueprint(experiment(protocol, workload=workload(1e8, tensors), transport=transport)).sends_early

    assert early(8, OVERLAP)
    assert not early(1, OVERLAP)
    assert not early(8, "ideal")
    one, none = (period(protocol, 3, workload=workload(1e8, 1), transport=each) for each in (OVERLAP, "ideal"))
    assert one == none


def test_overlap_is_refused_where_a_gradient_is_handed_over_whole():
    fields = {"server": "arrangement=overlapped_tree", "transport": OVERLAP}
    with pytest.raises(ValueError, match=r"^transport\.overlap: with server\.arrangement=overlapped_tree .*false$"):
        Blueprint(experiment("async_ps", **fields))


def test_sums_of_several_gradients_set_out_with_the_last_of_them():
    # Two gradients to a push, which a fetch follows: the first takes 1 s, the second hides all but its last tensor.
    fields = {"workload": workload(1.6e6, 8), "transport": OVERLAP}
    expected = 2.0 + 2 * ALPHA + 2e5 / BANDWIDTH + 1.6e6 / BANDWIDTH
    assert period("async_ps n_push=2 n_fetch=2", 1, **fields) == pytest.approx(expected, rel=1e-9)

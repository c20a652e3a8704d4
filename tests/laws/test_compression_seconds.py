"""Compression takes time: of the worker who makes a message, and of whoever has to read it."""

import numpy as np
import pytest
from experiments import experiment, names, option, simulated
from on_the_clock import on_the_clock, ring

from sim.cluster.blueprint import Blueprint

LOSSY = [one for one in names("compression") if one != "none"]
#: Of 8 MB, which take a gradient of 1 s, and 0.08 s to be compressed: 1e-8 s/B.
NBYTES, ENCODE = 8e6, 0.08
SLOW = "seconds_per_byte=1e-8"
FIELDS = {"straggler": "none", "workload": f"synthetic seconds=1 bytes={NBYTES}"}
#: Elements that cost what all bytes do: PowerSGD works on matrices, and a quadratic has none.
ALL_BYTES = [one for one in LOSSY if one != "power_sgd"]


def period(protocol, workers, **fields):
    """From one update to the next (s), whatever happens before the first and after the last."""
    few, many = (on_the_clock(protocol, workers, count, **FIELDS | fields).summary for count in (2, 6))
    return (many.virtual_seconds - few.virtual_seconds) / 4


def reading(name):
    """What reading a message takes (s)."""
    return ENCODE * option("compression", name).decoding


@pytest.mark.parametrize("name", LOSSY)
def test_no_compression_is_free_unless_that_is_asked_for(name):
    assert option("compression", name).seconds_per_byte > 0.0
    free = f"{name} seconds_per_byte=0"
    for protocol in ("hardsync", "allreduce"):
        assert period(protocol, 3, compression=free) == pytest.approx(1.0, rel=1e-12)  # wires take no time here
        assert period(protocol, 3, compression=name, problem="digits_mlp") > 1.0
    with pytest.raises(ValueError, match=r"seconds_per_byte: must be at least 0.*got -1"):
        option("compression", f"{name} seconds_per_byte=-1")


def test_what_is_sent_as_it_is_takes_no_time():
    for compression in ("none", f"top_k share=1 {SLOW}", f"random_k share=1 {SLOW}", f"power_sgd rank=1000 {SLOW}"):
        assert period("hardsync", 2, compression=compression, problem="digits_mlp") == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("name", ALL_BYTES)
@pytest.mark.parametrize("shards", [1, 4])
def test_a_server_reads_one_message_after_the_other(name, shards):
    # All n workers compress at once, E; then n messages of b / S bytes queue for each shard's core, D / S each. Reading
    # and applying are one turn of the core, so that an apply rate r adds n b / S / r.
    expected = 1.0 + ENCODE + 3 * reading(name) / shards
    server, compression = f"shards={shards}", f"{name} {SLOW}"
    assert period("hardsync", 3, server=server, compression=compression) == pytest.approx(expected, rel=1e-9)
    server += " apply_rate=1e8"
    expected += 3 * NBYTES / shards / 1e8
    assert period("hardsync", 3, server=server, compression=compression) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ALL_BYTES)
@pytest.mark.parametrize("collective", ["ring", "direct"])
def test_a_group_reads_every_message_of_an_all_gather_and_one_sum_of_an_all_reduce(name, collective):
    messages = 1 if option("compression", name).linear else 3
    measured = period("allreduce", 3, compression=f"{name} {SLOW}", collective=collective)
    assert measured == pytest.approx(1.0 + ENCODE + messages * reading(name), rel=1e-9)


@pytest.mark.parametrize("rank", [1, 4])
def test_power_sgd_works_on_matrices_only(rank):
    # Of the digits' perceptron, 17 226 numbers, three matrices have 8192 + 8192 + 640.
    encode = ENCODE * (2 * 8192 + 640) / 17_226
    measured = period("allreduce", 3, compression=f"power_sgd rank={rank} {SLOW}", problem="digits_mlp")
    assert measured == pytest.approx(1.0 + encode * (1 + option("compression", "power_sgd").decoding), rel=1e-9)


def test_compressing_is_computing():
    # E of it at the worker; the server's core makes it wait for D, and wires take no time.
    summary = on_the_clock("hardsync", 1, 50, compression=f"qsgd {SLOW}", **FIELDS).summary
    assert summary.compute_fraction == pytest.approx((1 + ENCODE) / (1 + ENCODE + reading("qsgd")), rel=1e-9)
    assert summary.communicate_fraction == 0.0


def test_a_push_that_nobody_waits_for_takes_the_time_of_the_next_gradient():
    # Two gradients to a push: the second one's message delays the next gradient by E; the server reads meanwhile. Ten
    # pushes are 20 gradients and 10 messages, of which the last is read before it is applied.
    protocol, compression = "async_ps n_push=2 n_fetch=1000", f"qsgd {SLOW}"
    summary = on_the_clock(protocol, 1, 10, compression=compression, **FIELDS).summary
    assert summary.virtual_seconds == pytest.approx(20 + 10 * ENCODE + reading("qsgd"), rel=1e-9)
    assert summary.compute_fraction == pytest.approx(1.0, rel=1e-9)


def test_a_learner_that_computes_beside_its_pushes_has_one_device():
    # Rudra-adv* hides messages, and not what makes them: a gradient takes 1 + E, whatever is on its way. Of one worker
    # the tenth update is applied after ten of them and one reading.
    server, compression = "arrangement=overlapped_tree", f"qsgd {SLOW}"
    summary = on_the_clock("async_ps", 1, 10, server=server, compression=compression, **FIELDS).summary
    assert summary.virtual_seconds == pytest.approx(10 * (1 + ENCODE) + reading("qsgd"), rel=1e-9)


def test_aggregators_read_what_they_add_up_and_a_sum_need_not_be_read():
    # Leaves of 4 messages, 4 D on one core; 4 signs of b / 32 bytes are smaller than b, so 4 D more at the root for
    # each of 4 leaves. With messages of b / 2, of which four are larger than their sum, the root reads nothing.
    server = "arrangement=tree fan_out=4"
    small = period("hardsync", 16, server=server, compression=f"sign_sgd {SLOW}")
    assert small == pytest.approx(1 + ENCODE + (4 + 16) * reading("sign_sgd"), rel=1e-9)
    large = period("hardsync", 16, server=server, compression=f"top_k share=0.25 {SLOW}")
    assert large == pytest.approx(1 + ENCODE + 4 * reading("top_k"), rel=1e-9)


def test_the_backward_pass_waits_while_a_bucket_is_compressed():
    # Four equal tensors are ready at 1/3 + 2/3 j/4, j = 1..4; the device has then compressed j of them, E/4 each. They
    # are all-reduced one after the other: e_j = max(ready_j, e_{j-1}) + ring. At the end the sum is read.
    wires = {"network": "single_switch bandwidth_gbps=1 latency_us=2", "transport": "ideal overlap=true"}
    fields = FIELDS | {"workload": f"synthetic seconds=1 bytes={NBYTES * 20} tensors=4", "collective": "ring"}
    encode, end = 20 * ENCODE, 0.0
    for j in range(1, 5):
        end = max(1 / 3 + 2 / 3 * j / 4 + encode * j / 4, end) + ring(4, 4e7 * 0.25, 0.125e9)
    compression = f"random_k share=0.25 {SLOW}"
    measured = period("allreduce bucket_bytes=0", 4, compression=compression, **fields | wires)
    assert measured == pytest.approx(end + encode * option("compression", "random_k").decoding, rel=1e-9)


def test_the_time_changes_nothing_that_is_learned():
    fields = {"workers": 4, "problem": "digits_mlp hidden=[8]", "until": "updates=10"}
    fields |= {"record": "every_updates=1 trajectory=true"}
    for protocol in ("hardsync", "allreduce"):
        free, slow = (
            simulated(protocol, compression=f"top_k share=0.1 {spent}", **fields)
            for spent in ("seconds_per_byte=0", "seconds_per_byte=1e-6")
        )
        np.testing.assert_array_equal(free.trajectory.x, slow.trajectory.x)
        assert slow.summary.virtual_seconds > free.summary.virtual_seconds


def test_what_is_compressed_is_sent_early_by_the_part():
    # Two shards: the second one's part is complete when half of the backward pass is done.
    fields = {"transport": "ideal overlap=true", "server": "shards=2", "compression": f"qsgd {SLOW}"}
    blueprint = Blueprint(experiment("hardsync", **FIELDS | {"workload": "synthetic bytes=8e6 tensors=4"} | fields))
    (connection,) = blueprint.connections
    found = [(each.share, each.encoding, [piece.shard for piece in each.pieces]) for each in connection.departures]
    assert found == [(pytest.approx(2 / 3), pytest.approx(0.04), [1]), (1.0, pytest.approx(0.08), [0])]

"""A parameter server in several shards: the same learning, other bytes and times."""

from collections import Counter

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated
from on_the_clock import on_the_clock, seconds_of_an_update

from sim.connections.server.sharding import deal
from sim.server import Sharding

TENSORS = [8192, 128, 8192, 64, 640, 10]


def dealt(shards, sharding, part_parameters=1):
    """TENSORS in single precision, dealt to shards."""
    return deal([4.0 * size for size in TENSORS], sum(TENSORS), shards, sharding, 4.0 * part_parameters)


def sizes(held):
    return [sum(high - low for low, high in each.ranges) for each in held]


@pytest.mark.parametrize("sharding", list(Sharding))
@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_every_parameter_is_on_one_shard(sharding, shards):
    held = dealt(shards, sharding, 1000)
    numbers = sorted(number for each in held for low, high in each.ranges for number in range(low, high))
    assert numbers == list(range(sum(TENSORS)))


def test_even_shards_differ_by_one_parameter_at_most():
    assert sizes(dealt(4, Sharding.even)) == [4306, 4307, 4306, 4307]


def test_a_tensor_is_on_one_shard_and_the_largest_is_the_hot_spot():
    # Greedy by size: 8192 | 8192 | 640 + 128 + 64 + 10.
    assert sorted(sizes(dealt(3, Sharding.per_tensor))) == [842, 8192, 8192]


def test_partitions_even_out_the_hot_spot():
    assert max(sizes(dealt(3, Sharding.partitioned, 256))) <= 17226 / 3 + 256


def learned(server, protocol, **fields):
    common = {
        "workers": 5,
        "problem": "digits_mlp hidden=[24]",
        "optimizer": "momentum lr=0.02",
        "straggler": "exponential",
        "until": "updates=30",
        "record": EVERY_UPDATE,
    }
    return simulated(protocol, server=server, **common | fields)


@pytest.mark.parametrize("sharding", list(Sharding))
@pytest.mark.parametrize("protocol", ["hardsync", "async_ps"])
def test_on_an_ideal_network_shards_learn_the_bits_of_one_server(protocol, sharding):
    # All shards are served at the same instants, so a step in parts is the step of the whole.
    one = learned("shards=1", protocol, network="ideal")
    many = learned(f"shards=3 sharding={sharding.name} part_bytes=500", protocol, network="ideal")
    np.testing.assert_array_equal(many.trajectory.x, one.trajectory.x)


def test_hardsync_learns_the_same_bits_on_shards_of_any_speed():
    one = learned("shards=1", "hardsync", network="single_switch")
    many = learned("shards=4 sharding=per_tensor apply_rate=1e7", "hardsync")
    np.testing.assert_array_equal(many.trajectory.x, one.trajectory.x)


def test_asynchronous_shards_may_be_at_different_versions():
    # Unequal shards answer at different times; yet every shard's mean staleness is lambda - 1.
    result = learned("shards=2 sharding=per_tensor apply_rate=1e6", "async_ps")
    assert sum(result.staleness.values()) >= 2 * 30
    one = learned("apply_rate=1e6", "async_ps")
    assert (result.trajectory.x[-1] != one.trajectory.x[-1]).any()


def test_staleness_of_the_shards_adds_up_to_that_of_the_server(tmp_path):
    server = "shards=3 sharding=partitioned apply_rate=1e6"
    result = learned(server, "async_ps", replicas=2, record="every_updates=1")
    shards = result.staleness_by_shard
    assert len(shards) == 3
    assert len({tuple(sorted(count.items())) for count in shards}) > 1
    assert sum(map(Counter, shards), Counter()) == result.staleness
    result.write(tmp_path)
    lines = (tmp_path / "staleness_by_shard.csv").read_text().splitlines()
    rows = [tuple(map(int, line.split(","))) for line in lines[1:]]
    assert lines[0] == "shard,staleness,count"
    assert rows == sorted((shard, *item) for shard, count in enumerate(shards) for item in count.items())


def test_a_server_of_one_shard_leaves_one_histogram(tmp_path):
    result = learned("shards=1", "async_ps")
    assert result.staleness_by_shard == [result.staleness]
    result.write(tmp_path)
    assert not (tmp_path / "staleness_by_shard.csv").exists()


def communication(server, workers=8, **fields):
    """Seconds of an update beyond the one of a gradient."""
    wires = {"workload": "synthetic seconds=1 bytes=8e7", "network": "single_switch bandwidth_gbps=10 latency_us=0"}
    return seconds_of_an_update("hardsync", workers, 2, straggler="none", server=server, **wires | fields) - 1.0


@pytest.mark.parametrize("shards", [1, 2, 4])
def test_dedicated_shards_share_the_incast(shards):
    # p n beta / S each way (Thakur et al. 2005): 8 x 8e7 B into each of S links of 1.25e9 B/s.
    assert communication(f"shards={shards}") == pytest.approx(2 * 8 * 8e7 / shards / 1.25e9, rel=1e-9)


def test_a_worker_sends_to_all_shards_over_one_link():
    # With more shards than workers the workers' own links are the limit: n beta each way.
    assert communication("shards=16", workers=4) == pytest.approx(2 * 8e7 / 1.25e9, rel=1e-9)


def test_colocated_shards_keep_their_own_part_off_the_wire():
    # S = p: (p - 1) / p n beta each way, the bandwidth term of a ring.
    assert communication("shards=8 colocated=true") == pytest.approx(2 * 7 / 8 * 8e7 / 1.25e9, rel=1e-9)


def test_the_largest_tensor_is_the_bottleneck_of_tensor_sharding():
    # The shard with a tensor of 8192 of 17226 parameters carries that share of the bytes, however many shards.
    share, nbytes = 8192 / 17226, 4 * 17226
    native = {"workload": "native", "device": "cpu_core peak_flops=1e30 overhead_seconds=1"}
    found = communication("shards=8 sharding=per_tensor", **native)
    assert found == pytest.approx(2 * 8 * share * nbytes / 1.25e9, rel=1e-9)


@pytest.mark.parametrize("sharding", ["per_tensor", "partitioned part_bytes=8e6"])
def test_as_many_shards_as_equal_tensors_share_as_even_ones_do(sharding):
    # Ten tensors on ten shards, whatever the problem's own tensors are: a tenth of the incast each.
    fields = {"workload": "synthetic seconds=1 bytes=8e7 tensors=10"}
    even = communication("shards=10", **fields)
    assert communication(f"shards=10 sharding={sharding}", **fields) == pytest.approx(even, rel=1e-9)


@pytest.mark.parametrize("tensors", [1, 3, 10, 1000])
@pytest.mark.parametrize("parameters", [0, 1, 7, 17226])
@pytest.mark.parametrize("sharding", list(Sharding))
def test_the_share_of_the_parameters_follows_the_share_of_the_bytes(tensors, parameters, sharding):
    held = deal([8e7 / tensors] * tensors, parameters, 10, sharding, 1e6)
    numbers = sorted(number for each in held for low, high in each.ranges for number in range(low, high))
    assert numbers == list(range(parameters))
    assert sum(each.share for each in held) == pytest.approx(1.0, rel=1e-12)
    pieces = {Sharding.even: 1, Sharding.per_tensor: tensors, Sharding.partitioned: 80 + tensors}[sharding]
    for each, size in zip(held, sizes(held), strict=True):
        assert abs(size - each.share * parameters) <= pieces  # every piece is rounded to whole parameters


@pytest.mark.parametrize("protocol", ["hardsync", "async_ps"])
def test_shards_that_have_bytes_but_no_parameters_serve_like_the_others(protocol):
    # Seven parameters on ten shards of 8 MB: three have none, and carry a tenth of the bytes all the same.
    fields = {"workers": 4, "until": "updates=20", "network": "single_switch"}
    fields |= {"server": "shards=10", "workload": "synthetic seconds=1 bytes=8e7"}
    learned = simulated(protocol, problem="quadratic dim=7", **fields).summary
    clock = simulated(protocol, problem="none sizes=[] rows=[]", **fields).summary
    assert learned.virtual_seconds == clock.virtual_seconds
    assert learned.bytes_sent == clock.bytes_sent
    assert np.isfinite(learned.final_train_loss)


def test_shards_without_parameters_take_no_host():
    fields = {"server": "shards=50 sharding=per_tensor", "network": "single_switch hosts=8"}
    assert on_the_clock("async_ps", 2, 1, **fields).summary.updates == 1


def test_utilisation_is_the_mean_over_shards():
    # Two workers without stragglers: each shard is busy 2 x 0.25 s of every cycle of 1.5 s, one push after the other.
    fields = {"workload": "synthetic seconds=1 bytes=8e6", "server": "shards=4 apply_rate=8e6"}
    summary = on_the_clock("hardsync", 2, 50, straggler="none", **fields).summary
    assert summary.server_utilisation == pytest.approx(0.5 / 1.5, rel=1e-6)

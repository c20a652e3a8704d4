"""A parameter server in several shards: the same learning, other bytes and times."""

from collections import Counter

import numpy as np
import pytest

from sim.connections.server.sharding import deal
from sim.devices.cpu_core import CPUCore
from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.async_ps import AsyncPS
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server, Sharding
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.none import NoStragglers
from sim.until import Until
from sim.workloads.native import Native
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

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


def trajectory(server, protocol, **fields):
    experiment = Experiment(
        workers=5,
        protocol=protocol,
        problem=DigitsMLP(hidden=[24]),
        optimizer=Momentum(0.02),
        straggler=Exponential(),
        server=server,
        until=Until(updates=30),
        record=Record(every_updates=1, trajectory=fields.get("replicas", 1) == 1),
        **fields,
    )
    return simulate(experiment)


@pytest.mark.parametrize("sharding", list(Sharding))
@pytest.mark.parametrize("protocol", [HardSync(), AsyncPS()])
def test_on_an_ideal_network_shards_learn_the_bits_of_one_server(protocol, sharding):
    # All shards are served at the same instants, so a step in parts is the step of the whole.
    server = Server(shards=3, sharding=sharding, part_bytes=500)
    one = trajectory(Server(), protocol, network=Ideal())
    many = trajectory(server, protocol, network=Ideal())
    np.testing.assert_array_equal(many.trajectory.x, one.trajectory.x)


def test_hardsync_learns_the_same_bits_on_shards_of_any_speed():
    one = trajectory(Server(), HardSync(), network=SingleSwitch())
    many = trajectory(Server(shards=4, sharding=Sharding.per_tensor, apply_rate=1e7), HardSync())
    np.testing.assert_array_equal(many.trajectory.x, one.trajectory.x)


def test_asynchronous_shards_may_be_at_different_versions():
    # Unequal shards answer at different times; yet every shard's mean staleness is lambda - 1.
    result = trajectory(Server(shards=2, sharding=Sharding.per_tensor, apply_rate=1e6), AsyncPS())
    assert sum(result.staleness.values()) >= 2 * 30
    one = trajectory(Server(apply_rate=1e6), AsyncPS())
    assert (result.trajectory.x[-1] != one.trajectory.x[-1]).any()


def test_staleness_of_the_shards_adds_up_to_that_of_the_server(tmp_path):
    result = trajectory(Server(shards=3, sharding=Sharding.partitioned, apply_rate=1e6), AsyncPS(), replicas=2)
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
    result = trajectory(Server(), AsyncPS())
    assert result.staleness_by_shard == [result.staleness]
    result.write(tmp_path)
    assert not (tmp_path / "staleness_by_shard.csv").exists()


def seconds_of_one_update(server, workers=8, workload=None, **fields):
    experiment = Experiment(
        workers=workers,
        protocol=HardSync(),
        problem=NoProblem(),
        straggler=NoStragglers(),
        workload=workload or Synthetic(seconds=1.0, bytes=8e7),
        network=SingleSwitch(bandwidth_gbps=10.0, latency_us=0.0),
        server=server,
        until=Until(updates=2),
        **fields,
    )
    return simulate(experiment).summary.virtual_seconds / 2 - 1.0


@pytest.mark.parametrize("shards", [1, 2, 4])
def test_dedicated_shards_share_the_incast(shards):
    # p n beta / S each way (Thakur et al. 2005): 8 x 8e7 B into each of S links of 1.25e9 B/s.
    assert seconds_of_one_update(Server(shards=shards)) == pytest.approx(2 * 8 * 8e7 / shards / 1.25e9, rel=1e-9)


def test_a_worker_sends_to_all_shards_over_one_link():
    # With more shards than workers the workers' own links are the limit: n beta each way.
    assert seconds_of_one_update(Server(shards=16), workers=4) == pytest.approx(2 * 8e7 / 1.25e9, rel=1e-9)


def test_colocated_shards_keep_their_own_part_off_the_wire():
    # S = p: (p - 1) / p n beta each way, the bandwidth term of a ring.
    server = Server(shards=8, colocated=True)
    assert seconds_of_one_update(server) == pytest.approx(2 * 7 / 8 * 8e7 / 1.25e9, rel=1e-9)


def test_the_largest_tensor_is_the_bottleneck_of_tensor_sharding():
    # The shard with a tensor of 8192 of 17226 parameters carries that share of the bytes, however many shards.
    share, nbytes = 8192 / 17226, 4 * 17226
    server = Server(shards=8, sharding=Sharding.per_tensor)
    seconds = seconds_of_one_update(server, workload=Native(), device=CPUCore(peak_flops=1e30, overhead_seconds=1.0))
    assert seconds == pytest.approx(2 * 8 * share * nbytes / 1.25e9, rel=1e-6)


@pytest.mark.parametrize("sharding", [Sharding.per_tensor, Sharding.partitioned])
def test_as_many_shards_as_equal_tensors_share_as_even_ones_do(sharding):
    # Ten tensors on ten shards, whatever the problem's own tensors are: a tenth of the incast each.
    workload = Synthetic(seconds=1.0, bytes=8e7, tensors=10)
    seconds = seconds_of_one_update(Server(shards=10, sharding=sharding, part_bytes=8e6), workload=workload)
    assert seconds == pytest.approx(seconds_of_one_update(Server(shards=10), workload=workload), rel=1e-9)


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


@pytest.mark.parametrize("protocol", [HardSync(), AsyncPS()])
def test_shards_that_have_bytes_but_no_parameters_serve_like_the_others(protocol):
    # Seven parameters on ten shards of 8 MB: three have none, and carry a tenth of the bytes all the same.
    fields = {"workers": 4, "protocol": protocol, "until": Until(updates=20), "network": SingleSwitch()}
    fields |= {"server": Server(shards=10), "workload": Synthetic(seconds=1.0, bytes=8e7)}
    learned = simulate(Experiment(problem=Quadratic(dim=7), **fields)).summary
    clock = simulate(Experiment(problem=NoProblem(sizes=[], rows=[]), **fields)).summary
    assert learned.virtual_seconds == clock.virtual_seconds
    assert learned.bytes_sent == clock.bytes_sent
    assert np.isfinite(learned.final_train_loss)


def test_shards_without_parameters_take_no_host():
    server = Server(shards=50, sharding=Sharding.per_tensor)
    experiment = Experiment(
        workers=2, problem=NoProblem(), server=server, network=SingleSwitch(hosts=8), until=Until(updates=1)
    )
    assert simulate(experiment).summary.updates == 1


def test_utilisation_is_the_mean_over_shards():
    # Two workers without stragglers: each shard is busy 2 x 0.25 s of every cycle of 1.5 s, one push after the other.
    experiment = Experiment(
        workers=2,
        protocol=HardSync(),
        problem=NoProblem(),
        workload=Synthetic(seconds=1.0, bytes=8e6),
        network=Ideal(),
        server=Server(shards=4, apply_rate=8e6),
        until=Until(updates=50),
    )
    assert simulate(experiment).summary.server_utilisation == pytest.approx(0.5 / 1.5, rel=1e-6)

"""What no clock could tell and no day could simulate is refused before it is begun, with the key and the number."""

from __future__ import annotations

import math

import pytest

from sim.backgrounds.random import Random
from sim.cluster.blueprint import Blueprint
from sim.cluster.cost import Cost
from sim.devices.cpu_core import CPUCore
from sim.experiment import Experiment
from sim.lr_schedules.gradual import Unit
from sim.lr_schedules.step import Step
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.async_ps import AsyncPS
from sim.protocols.local import Local
from sim.server import Server, Sharding
from sim.simulate import simulate
from sim.stragglers.slow_node import SlowNode
from sim.transports.tcp import TCP
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.field_error import FieldError


def experiment(**fields: object) -> Experiment:
    return Experiment(**{"problem": NoProblem(), "workers": 3, "until": Until(updates=3)} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("server.apply_rate", {"server": Server(apply_rate=5e-324)}),
        ("transport.overhead_seconds", {"transport": TCP(overhead_seconds=1.7e308)}),
        ("device.peak_flops", {"device": CPUCore(peak_flops=1e-300)}),
        ("device.overhead_seconds", {"device": CPUCore(overhead_seconds=1e18)}),
        ("workload.bytes", {"workload": Synthetic(bytes=1.7e308)}),
        ("straggler.factor", {"straggler": SlowNode(factor=1.7e308)}),
        ("straggler.factor", {"straggler": SlowNode(factor=1e-300)}),
    ],
)
def test_what_no_clock_could_tell_names_its_key(key: str, fields: dict[str, object]) -> None:
    with pytest.raises(FieldError) as refused:
        Blueprint(experiment(**fields))
    assert refused.value.field == key


@pytest.mark.parametrize(
    "fields",
    [
        {"workload": Synthetic(bytes=1e-300)},
        {"server": Server(shards=2, sharding=Sharding.partitioned, part_bytes=1.7e308)},
    ],
)
def test_what_is_extreme_and_possible_is_simulated(fields: dict[str, object]) -> None:
    assert simulate(experiment(**fields)).summary.updates == 3


def test_workers_alone_compute_all_that_fits_in_while_the_slowest_takes_its_steps() -> None:
    # U steps of the slowest last U f seconds; in these the n - 1 others take U f steps each, and it takes U:
    # 3 (1e6 (8 - 1) + 1) = 21 000 003 gradients, and a hundred times as many are too many.
    slow = {"protocol": Local(), "workers": 8, "straggler": SlowNode(factor=1e6)}
    few = Blueprint(experiment(**slow))
    key, count = Cost(few.experiment, few.graph, few.seconds, alone=True).gradients
    assert (key, count) == ("until.updates", pytest.approx(21_000_003))
    with pytest.raises(FieldError, match=r"^until.updates: makes about 2.1e\+09 gradients"):
        Blueprint(experiment(**slow | {"until": Until(updates=300)}))


def test_a_virtual_time_has_room_for_so_many_gradients() -> None:
    # 3 workers with gradients of 1 s and none to wait for: 3 in a second.
    alone = {"protocol": Local(), "workload": Synthetic(seconds=1.0)}
    some = Blueprint(experiment(**alone, until=Until(seconds=100.0)))
    assert Cost(some.experiment, some.graph, 1.0, alone=True).gradients == ("until.seconds", pytest.approx(300.0))
    with pytest.raises(FieldError, match=r"^until.seconds: makes about 3e\+18 gradients"):
        Blueprint(experiment(**alone, until=Until(seconds=1e18)))


def test_a_learning_rate_that_grows_beyond_all_numbers_diverges() -> None:
    schedule = Step(unit=Unit.updates, milestones=[0.5, 0.6], gamma=1e300)  # whose second power is no float
    assert simulate(experiment(problem=Quadratic(), lr_schedule=schedule)).summary.status == "diverged"


@pytest.mark.parametrize("fields", [{"noise": 1.7e308}, {"noise": 1e10, "curvature": 1e-300}])
def test_noise_whose_loss_is_no_number_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(FieldError, match=r"^noise: its square times 10 over the curvature .* must be finite"):
        Quadratic(**fields)


def test_every_replica_costs_as_much_as_the_first() -> None:
    # 10^5 replicas of 10^5 updates are 10^10 gradients, and each alone is nothing.
    with pytest.raises(FieldError, match=r"^until.updates: makes about 1e\+10 gradients"):
        Blueprint(experiment(protocol=AsyncPS(), until=Until(updates=100_000), replicas=100_000))


def test_a_push_costs_all_gradients_that_it_adds_up() -> None:
    # 3 updates of 10^9 gradients each are 3 10^9, as many as three workers compute at once.
    with pytest.raises(FieldError, match=r"^protocol.n_push: makes about 3e\+09 gradients"):
        Blueprint(experiment(protocol=AsyncPS(n_push=10**9), workers=3, until=Until(updates=3)))


def test_random_flows_come_at_the_share_over_their_size() -> None:
    assert Random(utilisation=0.5, mean_bytes=1e6).flow_rate(4e9) == 2000.0  # 0.5 4e9 / 1e6 a second
    with pytest.raises(FieldError, match=r"^background.mean_bytes: makes about .* random flows"):
        Blueprint(experiment(background=Random(mean_bytes=1e-6)))
    assert math.isinf(Random(mean_bytes=5e-324).flow_rate(1e9))


def test_every_shard_gets_a_part_of_every_push() -> None:
    asked = Experiment(workers=3, server=Server(shards=100_000), until=Until(updates=100_000))
    # The model has 17 226 parameters, and no shard less than one of them.
    with pytest.raises(ValueError, match=r"^server.shards: makes about 1.7e\+09 parts of gradients"):
        Blueprint(asked)

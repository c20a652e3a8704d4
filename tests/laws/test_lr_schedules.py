"""Learning-rate schedules against their formulas, through whole runs; options are found by themselves."""

import math

import numpy as np
import pytest
from options import options_of

from sim.experiment import Experiment
from sim.lr_schedules import LRSchedule
from sim.lr_schedules.constant import Constant
from sim.lr_schedules.cosine import Cosine
from sim.lr_schedules.gradual import Unit
from sim.lr_schedules.linear_scaling import LinearScaling
from sim.lr_schedules.sqrt_scaling import SqrtScaling
from sim.lr_schedules.step import Step
from sim.lr_schedules.warmup import Warmup
from sim.optimizers import Optimizer
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols import Protocol
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD, Order
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from topologies.communication.complete import Complete
from topologies.networks.ideal import Ideal


def run(lr_schedule, **fields):
    common = {
        "workers": 4,
        "batch": 36,
        "protocol": HardSync(),
        "problem": NoProblem(samples=1440),  # 10 updates of 4 x 36 samples are an epoch
        "optimizer": SGD(0.5),
        "until": Until(updates=20),
        "record": Record(every_updates=1),
    }
    return simulate(Experiment(lr_schedule=lr_schedule, **common | fields))


def rates(lr_schedule, **fields):
    """The learning_rate column, as factors of the optimizer's lr of 0.5."""
    return np.array([metric.learning_rate for metric in run(lr_schedule, **fields).metrics]) / 0.5


K = np.arange(21)
HALF_COSINE = 0.5 * (1 + np.cos(np.pi * K / 20))

FORMULAS = {
    "constant": (Constant(), np.ones(21)),
    # Half an epoch is 5 updates: 0.2, 0.36, 0.52, 0.68, 0.84, 1, 1, ...
    "warmup in epochs": (Warmup(warmup=0.5, start=0.2), np.minimum(1.0, 0.2 + 0.8 * K / 5)),
    "warmup in updates": (Warmup(Unit.updates, 8.0, 0.0), np.minimum(1.0, K / 8)),
    # Epoch 0.5 is update 5, epoch 1.2 is update 12.
    "step in epochs": (Step(milestones=[0.5, 1.2], gamma=0.1), 0.1 ** ((K >= 5) * 1 + (K >= 12) * 1)),
    "step in updates": (Step(Unit.updates, milestones=[7], gamma=0.5), np.where(K < 7, 1.0, 0.5)),
    "cosine over the run": (Cosine(), HALF_COSINE),
    "cosine to a part": (Cosine(final=0.2), 0.2 + 0.8 * HALF_COSINE),
    "cosine of one epoch": (Cosine(length=1.0), 0.5 * (1 + np.cos(np.pi * np.minimum(K, 10) / 10))),
    # To where the cosine is, from 0.1: at update k of 4, 0.1 + (cosine_k - 0.1) k / 4.
    "cosine after a warmup": (
        Cosine(Unit.updates, warmup=4.0),
        np.where(K < 4, 0.1 + (HALF_COSINE - 0.1) * K / 4, HALF_COSINE),
    ),
    # 4 x 36 / 24 = 6 times the reference batch.
    "linear scaling": (LinearScaling(reference_batch=24), np.full(21, 6.0)),
    "linear scaling from one worker's batch": (LinearScaling(), np.full(21, 4.0)),
    "linear scaling after a warmup": (
        LinearScaling(warmup=1.0, reference_batch=24),
        np.minimum(6.0, 1.0 + 5.0 * K / 10),
    ),
    "linear scaling with a milestone": (
        LinearScaling(milestones=[1.0], reference_batch=24),
        np.where(K < 10, 6.0, 0.6),
    ),
    # sqrt(4 x 36 / 36) = 2.
    "square-root scaling": (SqrtScaling(reference_batch=36), np.full(21, 2.0)),
}


@pytest.mark.parametrize(("schedule", "factors"), FORMULAS.values(), ids=FORMULAS)
def test_the_learning_rate_follows_the_formula(schedule, factors):
    np.testing.assert_allclose(rates(schedule), factors, rtol=1e-14, atol=1e-15)


WITHOUT_EPOCHS = {
    name: (schedule, factors)
    for name, (schedule, factors) in FORMULAS.items()
    if isinstance(schedule, Constant) or not schedule.uses_unit or schedule.unit is Unit.updates
}


@pytest.mark.parametrize(("schedule", "factors"), WITHOUT_EPOCHS.values(), ids=WITHOUT_EPOCHS)
def test_steps_are_taken_with_the_learning_rate_that_is_reported(schedule, factors):
    # Without noise x_{k+1} = (1 - lr_k h) x_k.
    problem = Quadratic(dim=1, noise=0.0, curvature=0.1)
    trajectory = run(schedule, problem=problem, record=Record(every_updates=1, trajectory=True)).trajectory.x[:, 0]
    np.testing.assert_allclose(trajectory[1:] / trajectory[:-1], 1 - 0.5 * 0.1 * factors[:-1], rtol=1e-14)


def test_a_cosine_over_the_whole_run_ends_with_the_limit_that_comes_first():
    # One epoch is 10 updates: before 20 updates are taken the run is over.
    lr = rates(Cosine(), until=Until(updates=20, epochs=1.0))
    np.testing.assert_allclose(lr, 0.5 * (1 + np.cos(np.pi * np.arange(11) / 10)), atol=1e-15)


def test_a_cosine_over_a_run_that_says_nothing_of_its_end_takes_its_100_epochs():
    lr = rates(Cosine(), until=Until(), problem=NoProblem(samples=144), record=Record(every_updates=50))
    np.testing.assert_allclose(lr, [1.0, 0.5, 0.0], atol=1e-15)


def test_a_server_counts_the_gradients_that_it_has_applied():
    # Of four asynchronous workers 40 gradients of 36 samples are an epoch.
    lr = rates(Warmup(warmup=1.0, start=0.0), protocol=AsyncPS(), until=Until(updates=50))
    np.testing.assert_allclose(lr, np.minimum(1.0, np.arange(51) / 40), rtol=1e-14)


def test_a_push_of_several_gradients_counts_each_of_them():
    # Two gradients a push: 20 pushes of 2 x 36 samples are an epoch.
    lr = rates(Warmup(warmup=1.0, start=0.0), protocol=AsyncPS(n_push=2, n_fetch=2), until=Until(updates=25))
    np.testing.assert_allclose(lr, np.minimum(1.0, np.arange(26) / 20), rtol=1e-14)


@pytest.mark.parametrize("optimizer", options_of("sim.optimizers", Optimizer), ids=lambda option: option.__name__)
def test_every_optimizer_takes_the_first_step_with_the_factor(optimizer):
    # From the same state a step is linear in lr (weight decay is off by default).
    def first_step(schedule):
        fields = {"problem": Quadratic(dim=3), "optimizer": optimizer(lr=0.01), "until": Until(updates=1)}
        x = run(schedule, record=Record(every_updates=1, trajectory=True), **fields).trajectory.x
        return x[1] - x[0]

    halved = first_step(Warmup(Unit.updates, 4.0, 0.5))
    np.testing.assert_allclose(halved, 0.5 * first_step(Constant()), rtol=1e-12)


def test_a_velocity_is_not_scaled_when_the_learning_rate_changes():
    # v <- 0.9 v + g, x <- x - lr_k v: lr stands outside the velocity, so a new lr needs no correction.
    problem = Quadratic(dim=1, noise=0.0, curvature=1.0)
    fields = {"problem": problem, "optimizer": Momentum(0.1, 0.9), "until": Until(updates=12)}
    schedule = Step(Unit.updates, milestones=[5.0], gamma=0.1)
    found = run(schedule, record=Record(every_updates=1, trajectory=True), **fields).trajectory.x[:, 0]
    x, v, expected = 1.0, 0.0, [1.0]
    for k in range(12):
        v = 0.9 * v + x
        x -= (0.1 if k < 5 else 0.01) * v
        expected.append(x)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


SCHEDULES = [
    Warmup(warmup=0.05),
    Step(milestones=[0.04, 0.1]),
    Cosine(warmup=0.02),
    LinearScaling(warmup=0.1, reference_batch=48),
    SqrtScaling(reference_batch=24),
]


def learned(lr_schedule, **fields):
    common = {"problem": DigitsMLP(hidden=[16]), "workers": 6, "batch": 8, "optimizer": Momentum(0.05)}
    record = Record(every_updates=1, trajectory=True)
    return run(lr_schedule, record=record, until=Until(updates=12), **common | fields)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda option: type(option).__name__)
def test_hardsync_and_allreduce_learn_the_same_bits_with_a_schedule(schedule):
    at_server = learned(schedule, protocol=HardSync(), straggler=Exponential())
    sharded = learned(schedule, protocol=HardSync(), straggler=Exponential(), server=Server(shards=3))
    on_replicas = learned(schedule, protocol=AllReduce(), straggler=Exponential())
    np.testing.assert_array_equal(at_server.trajectory.x, on_replicas.trajectory.x)
    np.testing.assert_array_equal(sharded.trajectory.x, on_replicas.trajectory.x)
    lr = [metric.learning_rate for metric in at_server.metrics]
    assert lr == [metric.learning_rate for metric in on_replicas.metrics]
    assert lr == [metric.learning_rate for metric in sharded.metrics]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda option: type(option).__name__)
def test_mixing_with_everybody_sees_the_same_learning_rate_as_synchronous_sgd(schedule):
    fields = {"optimizer": SGD(0.05), "straggler": Exponential()}
    mixing = learned(schedule, protocol=DPSGD(Order.adapt_then_combine), topology=Complete(), **fields)
    synchronous = learned(schedule, protocol=AllReduce(), **fields)
    assert [row.learning_rate for row in mixing.metrics] == [row.learning_rate for row in synchronous.metrics]
    # The order of summation differs, in float32 (see test_synchronous).
    scale = abs(synchronous.trajectory.x).max()
    np.testing.assert_allclose(mixing.trajectory.x, synchronous.trajectory.x, rtol=0, atol=2e-6 * scale)


@pytest.mark.parametrize("protocol", options_of("sim.protocols", Protocol), ids=lambda option: option.__name__)
def test_every_protocol_follows_a_schedule_reproducibly(protocol):
    fields = {"protocol": protocol(), "problem": Quadratic(dim=4), "straggler": Exponential(), "network": Ideal()}
    first, again = (run(Cosine(), **fields) for _ in range(2))
    assert first.metrics == again.metrics
    lr = [metric.learning_rate for metric in first.metrics]
    assert lr == sorted(lr, reverse=True)
    assert lr[0] == 0.5 > lr[-1]


def test_every_schedule_begins_with_a_number_in_range():
    for option in options_of("sim.lr_schedules", LRSchedule):
        assert 0 < rates(option())[0] < math.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Warmup(warmup=-1.0), "warmup: must be at least 0, got -1.0"),
        (lambda: Warmup(start=-0.1), "start: must be at least 0, got -0.1"),
        (lambda: Step(milestones=[0.0]), "milestones: must be above 0, got 0.0"),
        (lambda: Step(milestones=[3.0, 2.0]), r"milestones: must increase, got \[3.0, 2.0\]; give each once, in order"),
        (lambda: Step(gamma=0.0), "gamma: must be above 0, got 0.0"),
        (lambda: Cosine(length=0.0), "length: must be above 0, got 0.0"),
        (lambda: Cosine(final=1.5), "final: must be at least 0 and at most 1, got 1.5"),
        (lambda: LinearScaling(reference_batch=0), "reference_batch: must be at least 1, got 0"),
        (lambda: SqrtScaling(reference_batch=0), "reference_batch: must be at least 1, got 0"),
    ],
)
def test_a_value_out_of_range_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()


@pytest.mark.parametrize(
    "schedule", [Warmup(), Step(), Cosine(length=3.0), Cosine(warmup=1.0), LinearScaling(warmup=5.0)]
)
def test_epochs_are_refused_where_there_are_none(schedule):
    message = "^lr_schedule.unit: the problem has no training set to count epochs of; use lr_schedule.unit=updates$"
    for problem in (Quadratic(), NoProblem(samples=None)):
        with pytest.raises(ValueError, match=message):
            run(schedule, problem=problem)


@pytest.mark.parametrize("until", [Until(seconds=1.0), Until(seconds=1.0, target_loss=0.1)])
def test_a_cosine_over_a_run_whose_end_is_not_known_is_refused(until):
    message = r"^lr_schedule.length: the run ends by its seconds, .*; give a length, or until.updates or until.epochs$"
    with pytest.raises(ValueError, match=message):
        run(Cosine(), problem=DigitsMLP(), until=until)
    assert run(Cosine(length=2.0), until=Until(seconds=1e-3)).summary.status == "completed"

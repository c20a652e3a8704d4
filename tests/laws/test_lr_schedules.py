"""Learning-rate schedules against their formulas, through whole runs; options are found by themselves."""

import math

import numpy as np
import pytest
from experiments import EVERY_UPDATE, names, option, simulated


def run(lr_schedule, **fields):
    common = {
        "workers": 4,
        "batch": 36,
        "protocol": "hardsync",
        "problem": "none samples=1440",  # 10 updates of 4 x 36 samples are an epoch
        "optimizer": "sgd lr=0.5",
        "until": "updates=20",
        "record": "every_updates=1",
    }
    return simulated(lr_schedule=lr_schedule, **common | fields)


def rates(lr_schedule, **fields):
    """The learning_rate column, as factors of the optimizer's lr of 0.5."""
    return np.array([metric.learning_rate for metric in run(lr_schedule, **fields).metrics]) / 0.5


K = np.arange(21)
HALF_COSINE = 0.5 * (1 + np.cos(np.pi * K / 20))

FORMULAS = {
    "constant": ("constant", np.ones(21)),
    # Half an epoch is 5 updates: 0.2, 0.36, 0.52, 0.68, 0.84, 1, 1, ...
    "warmup in epochs": ("warmup warmup=0.5 start=0.2", np.minimum(1.0, 0.2 + 0.8 * K / 5)),
    "warmup in updates": ("warmup unit=updates warmup=8 start=0", np.minimum(1.0, K / 8)),
    # Epoch 0.5 is update 5, epoch 1.2 is update 12.
    "step in epochs": ("step milestones=[0.5,1.2] gamma=0.1", 0.1 ** ((K >= 5) * 1 + (K >= 12) * 1)),
    "step in updates": ("step unit=updates milestones=[7] gamma=0.5", np.where(K < 7, 1.0, 0.5)),
    "cosine over the run": ("cosine", HALF_COSINE),
    "cosine to a part": ("cosine final=0.2", 0.2 + 0.8 * HALF_COSINE),
    "cosine of one epoch": ("cosine length=1", 0.5 * (1 + np.cos(np.pi * np.minimum(K, 10) / 10))),
    # To where the cosine is, from 0.1: at update k of 4, 0.1 + (cosine_k - 0.1) k / 4.
    "cosine after a warmup": (
        "cosine unit=updates warmup=4",
        np.where(K < 4, 0.1 + (HALF_COSINE - 0.1) * K / 4, HALF_COSINE),
    ),
    # 4 x 36 / 24 = 6 times the reference batch.
    "linear scaling": ("linear_scaling reference_batch=24", np.full(21, 6.0)),
    "linear scaling from one worker's batch": ("linear_scaling", np.full(21, 4.0)),
    "linear scaling after a warmup": (
        "linear_scaling warmup=1 reference_batch=24",
        np.minimum(6.0, 1.0 + 5.0 * K / 10),
    ),
    "linear scaling with a milestone": (
        "linear_scaling milestones=[1] reference_batch=24",
        np.where(K < 10, 6.0, 0.6),
    ),
    # sqrt(4 x 36 / 36) = 2.
    "square-root scaling": ("sqrt_scaling reference_batch=36", np.full(21, 2.0)),
}


@pytest.mark.parametrize(("schedule", "factors"), FORMULAS.values(), ids=FORMULAS)
def test_the_learning_rate_follows_the_formula(schedule, factors):
    np.testing.assert_allclose(rates(schedule), factors, rtol=1e-14, atol=1e-15)


WITHOUT_EPOCHS = {
    name: (schedule, factors)
    for name, (schedule, factors) in FORMULAS.items()
    if schedule == "constant" or not option("lr_schedule", schedule).uses_unit or "unit=updates" in schedule
}


@pytest.mark.parametrize(("schedule", "factors"), WITHOUT_EPOCHS.values(), ids=WITHOUT_EPOCHS)
def test_steps_are_taken_with_the_learning_rate_that_is_reported(schedule, factors):
    # Without noise x_{k+1} = (1 - lr_k h) x_k.
    problem = "quadratic dim=1 noise=0 curvature=0.1"
    trajectory = run(schedule, problem=problem, record=EVERY_UPDATE).trajectory.x[:, 0]
    np.testing.assert_allclose(trajectory[1:] / trajectory[:-1], 1 - 0.5 * 0.1 * factors[:-1], rtol=1e-14)


def test_a_cosine_over_the_whole_run_ends_with_the_limit_that_comes_first():
    # One epoch is 10 updates: before 20 updates are taken the run is over.
    lr = rates("cosine", until="updates=20 epochs=1")
    np.testing.assert_allclose(lr, 0.5 * (1 + np.cos(np.pi * np.arange(11) / 10)), atol=1e-15)


def test_a_cosine_over_a_run_that_says_nothing_of_its_end_takes_its_100_epochs():
    lr = rates("cosine", until="", problem="none samples=144", record="every_updates=50")
    np.testing.assert_allclose(lr, [1.0, 0.5, 0.0], atol=1e-15)


def test_a_server_counts_the_gradients_that_it_has_applied():
    # Of four asynchronous workers 40 gradients of 36 samples are an epoch.
    lr = rates("warmup warmup=1 start=0", protocol="async_ps", until="updates=50")
    np.testing.assert_allclose(lr, np.minimum(1.0, np.arange(51) / 40), rtol=1e-14)


def test_a_push_of_several_gradients_counts_each_of_them():
    # Two gradients a push: 20 pushes of 2 x 36 samples are an epoch.
    lr = rates("warmup warmup=1 start=0", protocol="async_ps n_push=2 n_fetch=2", until="updates=25")
    np.testing.assert_allclose(lr, np.minimum(1.0, np.arange(26) / 20), rtol=1e-14)


@pytest.mark.parametrize("optimizer", names("optimizer"))
def test_every_optimizer_takes_the_first_step_with_the_factor(optimizer):
    # From the same state a step is linear in lr (weight decay is off by default).
    def first_step(schedule):
        fields = {"problem": "quadratic dim=3", "optimizer": f"{optimizer} lr=0.01", "until": "updates=1"}
        x = run(schedule, record=EVERY_UPDATE, **fields).trajectory.x
        return x[1] - x[0]

    halved = first_step("warmup unit=updates warmup=4 start=0.5")
    np.testing.assert_allclose(halved, 0.5 * first_step("constant"), rtol=1e-12)


def test_a_velocity_is_not_scaled_when_the_learning_rate_changes():
    # v <- 0.9 v + g, x <- x - lr_k v: lr stands outside the velocity, so a new lr needs no correction.
    problem = "quadratic dim=1 noise=0 curvature=1"
    fields = {"problem": problem, "optimizer": "momentum lr=0.1 momentum=0.9", "until": "updates=12"}
    schedule = "step unit=updates milestones=[5] gamma=0.1"
    found = run(schedule, record=EVERY_UPDATE, **fields).trajectory.x[:, 0]
    x, v, expected = 1.0, 0.0, [1.0]
    for k in range(12):
        v = 0.9 * v + x
        x -= (0.1 if k < 5 else 0.01) * v
        expected.append(x)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


SCHEDULES = [
    "warmup warmup=0.05",
    "step milestones=[0.04,0.1]",
    "cosine warmup=0.02",
    "linear_scaling warmup=0.1 reference_batch=48",
    "sqrt_scaling reference_batch=24",
]


def learned(lr_schedule, **fields):
    common = {"problem": "digits_mlp hidden=[16]", "workers": 6, "batch": 8, "optimizer": "momentum lr=0.05"}
    return run(lr_schedule, record=EVERY_UPDATE, until="updates=12", **common | fields)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_hardsync_and_allreduce_learn_the_same_bits_with_a_schedule(schedule):
    at_server = learned(schedule, protocol="hardsync", straggler="exponential")
    sharded = learned(schedule, protocol="hardsync", straggler="exponential", server="shards=3")
    on_replicas = learned(schedule, protocol="allreduce", straggler="exponential")
    np.testing.assert_array_equal(at_server.trajectory.x, on_replicas.trajectory.x)
    np.testing.assert_array_equal(sharded.trajectory.x, on_replicas.trajectory.x)
    lr = [metric.learning_rate for metric in at_server.metrics]
    assert lr == [metric.learning_rate for metric in on_replicas.metrics]
    assert lr == [metric.learning_rate for metric in sharded.metrics]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_mixing_with_everybody_sees_the_same_learning_rate_as_synchronous_sgd(schedule):
    fields = {"optimizer": "sgd lr=0.05", "straggler": "exponential"}
    mixing = learned(schedule, protocol="dpsgd order=adapt_then_combine", topology="complete", **fields)
    synchronous = learned(schedule, protocol="allreduce", **fields)
    assert [row.learning_rate for row in mixing.metrics] == [row.learning_rate for row in synchronous.metrics]
    # The order of summation differs, in float32 (see test_synchronous).
    scale = abs(synchronous.trajectory.x).max()
    np.testing.assert_allclose(mixing.trajectory.x, synchronous.trajectory.x, rtol=0, atol=2e-6 * scale)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
def test_every_protocol_follows_a_schedule_reproducibly(protocol):
    fields = {"protocol": protocol, "problem": "quadratic dim=4", "straggler": "exponential", "network": "ideal"}
    first, again = (run("cosine", **fields) for _ in range(2))
    assert first.metrics == again.metrics
    lr = [metric.learning_rate for metric in first.metrics]
    assert lr == sorted(lr, reverse=True)
    assert lr[0] == (0.5 / 4 if protocol == "ssp" else 0.5) > lr[-1]  # ssp's is that of one gradient


def test_every_schedule_begins_with_a_number_in_range():
    for schedule in names("lr_schedule"):
        assert 0 < rates(schedule)[0] < math.inf


@pytest.mark.parametrize(
    "schedule", ["warmup", "step", "cosine length=3", "cosine warmup=1", "linear_scaling warmup=5"]
)
def test_epochs_are_refused_where_there_are_none(schedule):
    message = "^lr_schedule.unit: the problem has no training set to count epochs of; use lr_schedule.unit=updates$"
    for problem in ("quadratic", "none samples=null"):
        with pytest.raises(ValueError, match=message):
            run(schedule, problem=problem)


@pytest.mark.parametrize("until", ["seconds=1", "seconds=1 target_loss=0.1"])
def test_a_cosine_over_a_run_whose_end_is_not_known_is_refused(until):
    message = r"^lr_schedule.length: the run ends by its seconds, .*; give a length, or until.updates or until.epochs$"
    with pytest.raises(ValueError, match=message):
        run("cosine", problem="digits_mlp", until=until)
    assert run("cosine length=2", until="seconds=1e-3").summary.status == "completed"

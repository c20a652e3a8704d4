"""Runs that differ in what is learned alone follow one recorded clock, and are the same to the byte."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest
from experiments import experiment, names

from sim.cluster import rerun
from sim.cluster.blueprint import Blueprint
from sim.cluster.clockwork import clockwork
from sim.cluster.recording import Recordings
from sim.experiment import Experiment
from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers.sgd import SGD
from sim.optimizers.stepper import Stepper
from sim.protocols import Steps
from sim.protocols.allreduce import AllReduce
from sim.results.result import Result
from sim.results.rows import csv_text, links_csv, metrics_csv
from sim.simulate import simulate
from sim.tape.vector import Vector
from sim.world.worker import Worker

#: Three learning rates of one optimizer, and another optimizer between them.
RATES = ("momentum lr=0.01", "momentum lr=0.02", "adam lr=0.003", "momentum lr=0.005")
SMALL = {"workers": 4, "until": "updates=24", "straggler": "exponential", "batch": 4}

#: Runs in which a tape has something that no other has.
VARIED: dict[str, dict[str, Any]] = {
    "state split off on the way": {"protocol": "local_sgd period=3 switch_updates=7"},
    "parts": {"server": "shards=3 sharding=per_tensor"},
    "a tree": {"protocol": "hardsync", "workers": 9, "server": "arrangement=tree fan_out=3"},
    "largest elements": {"compression": "top_k share=0.1", "server": "shards=2"},
    "random elements": {"protocol": "allreduce", "compression": "random_k share=0.1"},
    "signs": {"compression": "sign_sgd"},
    "levels": {"compression": "qsgd"},
    "low rank": {"compression": "power_sgd", "protocol": "allreduce"},
    "moments of gradients": {"record": "every_updates=6 gradients=true trajectory=true"},
    "curvature": {"record": "every_updates=6 curvature=true trajectory=true"},
    "replicas": {"replicas": 3, "record": ""},
    "curvature of replicas": {"replicas": 2, "record": "every_updates=6 curvature=true"},
    "milestones": {"lr_schedule": "step milestones=[0.1,0.2] gamma=0.5"},
    "a modulated rate": {"protocol": "softsync n=2", "lr_schedule": "cosine"},
    "large mini-batches": {"batch": 32, "protocol": "dpsgd"},
    "noise of its own": {"problem": "quadratic dim=5 noise=0.3", "protocol": "dpsgd"},
    "noise of weights": {
        "protocol": "allreduce weight_noise=0.05",
        "record": "every_updates=6 gradients=true trajectory=true",
    },
    "seconds": {"until": "seconds=0.002", "record": "every_seconds=0.0003"},
    "an epoch": {"until": "epochs=0.2", "network": "leaf_spine", "background": "random"},
    "nothing learned": {"problem": "none"},
}


def said(result: Result) -> dict[str, Any]:
    """All that is written of a result, but for the time that it took."""
    margins = {name: margin for name, margin in result.summary.ci95.items() if name != "wall_seconds"}
    summary = dataclasses.replace(result.summary, wall_seconds=None, ci95=margins)
    arrays = [each.columns() for each in (result.spans, result.trajectory) if each is not None]
    return {
        "summary": summary.to_json(),
        "metrics": metrics_csv(result.metrics),
        "links": links_csv(result.links),
        "staleness": csv_text(["staleness", "count"], sorted(result.staleness.items())),
        "by shard": repr(result.staleness_by_shard),
        "arrays": [(name, column.tobytes()) for columns in arrays for name, column in columns.items()],
        "notices": result.notices,
    }


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every seed of a run, whether it could follow the clock of another."""
    followed = []

    def run_again(*arguments: Any) -> Any:
        outcome = rerun.run_again(*arguments)
        followed.append(outcome is not None)
        return outcome

    monkeypatch.setattr("sim.simulate.run_again", run_again)
    return followed


def assert_same_bytes(*experiments: Experiment, recordings: Recordings | None = None) -> None:
    """Each has the same bytes as by itself."""
    recordings = Recordings() if recordings is None else recordings
    for each in experiments:
        assert said(simulate(each, recordings=recordings)) == said(simulate(each))


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
def test_with_every_protocol_a_run_follows_whatever_its_optimizer_and_rate(protocol: str, again: list[bool]) -> None:
    if protocol == "sandblaster":
        pytest.skip("steps of L-BFGS have their rate in the tape")
    record = {"record": "spans=true trajectory=true"}
    optimizers = ("momentum lr=0.01", *names("optimizer"), "sgd lr=0.1")
    assert_same_bytes(*(experiment(protocol, optimizer=each, **record, **SMALL) for each in optimizers))
    assert again == [False, *[True] * len(optimizers[1:])]


@pytest.mark.slow
@pytest.mark.parametrize("kind", VARIED)
def test_whatever_is_on_the_tape_a_run_follows(kind: str, again: list[bool]) -> None:
    words = SMALL | {"record": "every_updates=5 trajectory=true"} | VARIED[kind]
    assert_same_bytes(*(experiment(optimizer=each, **words) for each in RATES))
    seeds = words.get("replicas", 1)
    learns = words.get("problem") != "none"
    assert again == [False] * seeds + [learns] * seeds * (len(RATES) - 1)


@pytest.mark.slow
def test_on_several_threads_a_run_follows(monkeypatch: pytest.MonkeyPatch, again: list[bool]) -> None:
    monkeypatch.setattr("sim.cluster.player.MOST_THREADS", 3)
    monkeypatch.setattr("sim.cluster.player.os.sched_getaffinity", lambda process: range(8))
    for protocol in ("async_ps", "dpsgd"):
        assert_same_bytes(*(experiment(protocol, optimizer=each, **SMALL) for each in RATES))
    assert again == 2 * [False, True, True, True]


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["async_ps", "dpsgd", "async_easgd", "local_sgd"])
def test_a_run_that_diverges_stops_where_it_would_have(protocol: str, again: list[bool]) -> None:
    """At the first such place the clock is its own; the next that diverges there follows it."""
    rates = (0.01, 1e6, 2e6, 0.02, 1e30, 3e30)
    words = SMALL | {"record": "every_updates=2 spans=true trajectory=true", "problem": "digits_mlp"}
    runs = [experiment(protocol, optimizer=f"sgd lr={lr}", **words) for lr in rates]
    recordings = Recordings()
    assert_same_bytes(*runs, recordings=recordings)
    assert [simulate(each).summary.status for each in runs] == ["diverged" if lr > 1.0 else "completed" for lr in rates]
    assert again[:4] == [False, False, True, True]
    assert again[5]


def test_the_clock_of_a_run_that_diverged_is_not_that_of_one_that_does_not(again: list[bool]) -> None:
    assert_same_bytes(*(experiment(optimizer=f"sgd lr={lr}", **SMALL) for lr in (1e6, 0.01, 0.02)))
    assert again == [False, False, True]


def test_what_diverges_only_at_its_end_has_a_whole_clock(again: list[bool]) -> None:
    words = SMALL | {"until": "updates=24", "record": "every_updates=24"}
    assert_same_bytes(*(experiment(optimizer=f"sgd lr={lr}", **words) for lr in (1e6, 0.01, 2e6)))
    assert again == [False, True, True]


def test_a_run_that_learns_something_else_follows_where_the_clock_is_that_of_a_workload(again: list[bool]) -> None:
    """Both have the same digits, so epochs are as long; of the quadratic there are none, and its clock is another."""
    problems = ("digits_softmax", "digits_mlp", "quadratic dim=50", "digits_softmax")
    words = SMALL | {"workload": "synthetic seconds=0.1 bytes=1e6", "server": "shards=2", "until": "updates=30"}
    assert_same_bytes(*(experiment(problem=each, optimizer="adam lr=0.001", **words) for each in problems))
    assert again == [False, True, False, True]


def test_where_a_gradient_costs_what_the_problem_costs_another_problem_has_another_clock(again: list[bool]) -> None:
    assert_same_bytes(*(experiment(problem=each, **SMALL) for each in ("digits_softmax", "digits_mlp")))
    assert again == [False, False]


@pytest.mark.parametrize(
    "words", [{"workers": 5}, {"batch": 5}, {"seed": 1}, {"until": "updates=25"}, {"server": "shards=2"}]
)
def test_another_experiment_has_another_clock(words: dict[str, Any], again: list[bool]) -> None:
    assert_same_bytes(experiment(**SMALL), experiment(**SMALL | words))
    assert again == [False, False]


def test_a_run_that_races_to_a_target_follows_nobody(again: list[bool]) -> None:
    """It asks for the numbers, and ends by them."""
    words = SMALL | {"until": "updates=40 target_accuracy=0.6"}
    assert_same_bytes(*(experiment(optimizer=f"sgd lr={lr}", **words) for lr in (0.05, 0.1)))
    assert again == [False, False]


def test_nobody_follows_a_protocol_that_looks_at_numbers(again: list[bool]) -> None:
    class Looks(AllReduce):
        def worker(self, me: Worker) -> Steps:
            me.x.tape.value(me.x)
            yield from super().worker(me)

    for each in (0.05, 0.1):
        simulate(experiment(AllReduce(), optimizer=f"sgd lr={each}", **SMALL), recordings=(recordings := Recordings()))
        assert recordings.get(clockwork(Blueprint(experiment(AllReduce(), **SMALL)), 0)) is not None
        simulate(experiment(Looks(), optimizer=f"sgd lr={each}", **SMALL), recordings=(recordings := Recordings()))
        assert recordings.get(clockwork(Blueprint(experiment(Looks(), **SMALL)), 0)) is None


def test_steps_in_the_tape_itself_are_of_one_run_alone(again: list[bool]) -> None:
    words = {"workers": 2, "until": "updates=4"}
    assert_same_bytes(*(experiment("sandblaster", optimizer=f"sgd lr={lr}", **words) for lr in (0.5, 1.0)))
    assert again == [False, False]


@dataclass
class Wandering(SGD):
    """An optimizer that says nothing of its steps."""

    def begin(self, rate: LearningRate) -> Stepper:
        class Wanderer(Stepper):
            def advance(self, x: Vector, gradient: Vector, lr: float) -> Vector:
                return x - 0.5 * lr * gradient - 0.5 * lr * gradient

        return Wanderer(rate)


def test_an_optimizer_that_says_nothing_of_its_steps_follows_nobody_and_nobody_it(again: list[bool]) -> None:
    optimizers = (Wandering(lr=0.1), SGD(lr=0.1), Wandering(lr=0.2), SGD(lr=0.2))
    assert_same_bytes(*(experiment(optimizer=each, **SMALL) for each in optimizers))
    assert again == [False, False, False, True]


def test_recordings_that_do_not_fit_let_the_oldest_go(monkeypatch: pytest.MonkeyPatch, again: list[bool]) -> None:
    recordings, (first, second) = Recordings(), (experiment(seed=seed, **SMALL) for seed in (0, 1))
    simulate(first, recordings=recordings)
    kept = recordings.get(clockwork(Blueprint(first), 0))
    assert kept is not None
    monkeypatch.setattr("sim.cluster.recording.MOST_BYTES", 1.5 * kept.nbytes)
    assert_same_bytes(first, second, first, first, recordings=recordings)
    assert again == [False, True, False, False, True]


def test_a_tape_that_is_too_long_is_not_kept(monkeypatch: pytest.MonkeyPatch, again: list[bool]) -> None:
    monkeypatch.setattr("sim.tape.reel.MOST_BYTES", 1000)
    assert_same_bytes(experiment(**SMALL), experiment(**SMALL))
    assert again == [False, False]

"""When a target is reached: found to within one update or 1 % of the time, without evaluating every update."""

import numpy as np
import pytest
from experiments import simulated

from sim.measuring import target as measuring_target
from sim.measuring.target import MOST, Target, most_held
from sim.tape.silent import SilentTape
from sim.until import Until


def run(protocol="hardsync", **words):
    common = {"workers": 4, "batch": 1, "network": "ideal", "workload": "synthetic seconds=1 bytes=8"}
    return simulated(protocol, **common | {"problem": "quadratic noise=0", "optimizer": "sgd lr=0.01"} | words)


def shrinking(target, lr=0.01, dim=10):
    """Updates after which a noise-free quadratic, d/2 (1 - lr)^(2n), is first at a target."""
    return int(np.ceil(np.log(2 * target / dim) / (2 * np.log(1 - lr))))


@pytest.mark.parametrize("target", [4.5, 4.0, 3.0, 1.0, 0.1])
def test_the_crossing_of_a_closed_form_is_found_to_an_update(target):
    # One update a second; the grid of 2000 / 100 = 20 updates would be late by up to 19 of them. One update is more
    # than 1 % of the time up to n = 100, and 1 % is less than two updates up to n = 200: found exactly.
    exact = shrinking(target)
    assert 1 < exact < 200
    summary = run(until=f"updates=2000 target_loss={target}").summary
    assert summary.status == "target_reached"
    assert (summary.updates_to_target, summary.seconds_to_target) == (exact, exact)
    assert summary.target_uncertainty_seconds == 1.0
    assert exact <= summary.virtual_seconds < exact + 20


@pytest.mark.parametrize("target", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("limit", [2000, 1_000_000])
def test_later_crossings_lie_in_a_bracket_of_one_per_cent(target, limit):
    # With a million updates allowed the first evaluation would be at 10 000: models are held up to `MOST` of them, then
    # the last is measured.
    exact = shrinking(target)
    summary = run(until=f"updates={limit} target_loss={target}").summary
    found, width = summary.seconds_to_target, summary.target_uncertainty_seconds
    assert found - width < exact <= found
    assert width <= max(1.0, 0.01 * found)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("hardsync", {}),
        ("hardsync", {"server": "shards=3"}),
        ("async_ps", {}),
        ("async_ps", {"server": "shards=3"}),
        ("ssp slack=2", {}),
        ("allreduce", {}),
        ("dpsgd", {}),
        ("local_sgd period=4", {}),
        ("easgd", {}),
        ("adpsgd", {}),
        ("gossip_push", {}),
    ],
)
def test_the_first_model_at_the_target_is_the_one_that_evaluating_every_update_finds(protocol, words):
    # Without noise the loss falls all the way, so that there is one crossing. Compute times scatter, so that updates do
    # not come in step with anything.
    words = {"straggler": "exponential", "optimizer": "sgd lr=0.02", **words}
    every = run(protocol, until="updates=3000 target_loss=1", record="every_updates=1", **words).summary
    coarse = run(protocol, until="updates=3000 target_loss=1", **words).summary
    assert every.status == coarse.status == "target_reached"
    found, width = coarse.seconds_to_target, coarse.target_uncertainty_seconds
    assert found - width < every.seconds_to_target <= found
    assert coarse.updates_to_target - every.updates_to_target <= 0.01 * coarse.updates_to_target * 1.5 + 1
    assert width <= max(every.target_uncertainty_seconds, 0.01 * found)


def test_evaluations_by_the_clock_find_the_update_before_them():
    # Evaluated at 3, 6, 9, ... s; the target is first met by the update at 7 s: 5 (1 - 0.1)^14 = 1.14 <= 1.2 < 1.41.
    words = {"optimizer": "sgd lr=0.1", "record": "every_seconds=3"}
    summary = run(until="updates=100 target_loss=1.2", **words).summary
    assert (summary.seconds_to_target, summary.updates_to_target, summary.virtual_seconds) == (7.0, 7, 9.0)
    assert summary.target_uncertainty_seconds == 1.0


def test_a_start_at_the_target_needs_no_time():
    summary = run(until="updates=10 target_loss=5").summary
    assert (summary.seconds_to_target, summary.updates_to_target, summary.target_uncertainty_seconds) == (0.0, 0, 0.0)


def test_a_target_that_only_the_last_evaluation_meets_is_met():
    # As above, but the run ends by the clock between two evaluations.
    words = {"optimizer": "sgd lr=0.1", "record": "every_updates=5"}
    summary = run(until="seconds=7.5 target_loss=1.2", **words).summary
    assert (summary.status, summary.seconds_to_target) == ("target_reached", 7.0)


def test_the_number_of_threads_does_not_matter(monkeypatch):
    words = {"problem": "digits_softmax", "batch": 8, "until": "updates=2000 target_accuracy=0.85"}
    found = []
    for cores in (1, 2, 4):
        monkeypatch.setattr("os.sched_getaffinity", lambda process, cores=cores: set(range(cores)))
        result = run("dpsgd", straggler="lognormal", optimizer="sgd lr=0.1", **words)
        summary = result.summary
        found.append((summary.seconds_to_target, summary.target_uncertainty_seconds, str(result.metrics)))
    assert found[0] == found[1] == found[2]
    assert found[0][0] is not None


def test_no_more_models_are_held_than_asked_for(monkeypatch):
    held = []
    updated = Target.updated

    def watched(self, point):
        over = updated(self, point)
        held.append(len(self._held))
        return over

    monkeypatch.setattr(Target, "updated", watched)
    run(until="updates=100000 target_loss=1e-6")
    assert max(held) == MOST
    monkeypatch.setattr(measuring_target, "MOST", 5)
    held.clear()
    summary = run(until="updates=100000 target_loss=1e-6").summary
    assert max(held) == 5
    found, width = summary.seconds_to_target, summary.target_uncertainty_seconds
    assert found - width < shrinking(1e-6) <= found
    assert width <= 0.01 * found


def test_large_models_are_held_in_small_numbers():
    assert most_held(70_000) == 128
    assert most_held(2**25) == 8  # 256 MiB
    assert most_held(2**40) == 4


class Scripted(SilentTape):
    """A tape whose n-th evaluation has the n-th of some accuracies."""

    def __init__(self, accuracies):
        super().__init__()
        self._left = iter(accuracies)

    def measures(self, row):
        measures = super().measures(row)
        measures[3] = next(self._left)
        return measures


def test_a_running_mean_passes_over_what_is_above_by_chance():
    # Means of three: -, -, 0.633, 0.767, 0.767, 0.9. The first crossing is the second evaluation, the smoothed one the
    # fourth, which ends the run.
    accuracies = [0.5, 0.9, 0.5, 0.9, 0.9, 0.9]
    tape = Scripted([value for value in accuracies for _ in range(2)])  # asked twice until the first crossing
    target = Target(Until(target_accuracy=0.75, smoothed_over=3), tape)
    ends = []
    for number in range(4):
        if target.first is not None:
            next(tape._left)
        ends.append(target.evaluated(float(number), number, tape.evaluate(tape.initial())))
    assert ends == [False, False, False, True]
    assert target.first == (1.0, 1, 1.0)
    assert target.smoothed == 3.0


def test_a_smoothed_run_reports_both_figures():
    # Without noise the loss falls all the way: with evaluations every 10 updates, the mean of three, of which the
    # middle one weighs less than the first, is at the target after the first evaluation that is, by one to two of them.
    summary = run(until="updates=2000 target_loss=1 smoothed_over=3", record="every_updates=10").summary
    assert summary.status == "target_reached"
    assert summary.seconds_to_target == shrinking(1.0)
    losses = {n: 5 * 0.99 ** (2 * n) for n in range(0, 500, 10)}
    smoothed = next(n for n in losses if n >= 20 and (losses[n] + losses[n - 10] + losses[n - 20]) / 3 <= 1.0)
    assert summary.smoothed_seconds_to_target == smoothed == summary.virtual_seconds


def test_a_run_that_ends_before_its_mean_is_there_has_its_first_crossing_all_the_same():
    summary = run(until="updates=90 target_loss=1 smoothed_over=50", record="every_updates=10").summary
    assert (summary.status, summary.smoothed_seconds_to_target) == ("completed", None)
    assert summary.seconds_to_target == shrinking(1.0)

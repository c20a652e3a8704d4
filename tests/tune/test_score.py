"""Which of several choices is the best, where seeds were cut off or diverged; what is at an edge; methods by pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from sim.config.jobs import Job
from sim.config.space import Span, Values
from sim.evidence.censored import Waited
from sim.results.objective import NEVER, OBJECTIVES, Objective, objectives_of
from sim.results.rows import Summary
from sim.tune.edge import at_edge
from sim.tune.methods import compared
from sim.tune.plan import Run
from sim.tune.score import Score, ranked, score
from sim.tune.tuned import TunedCell

TIME = OBJECTIVES["seconds_to_target"]
ACCURACY = OBJECTIVES["final_test_accuracy"]


def summary(status: str = "target_reached", **figures: float) -> Summary:
    return Summary(
        status=status,
        protocol="p",
        topology=None,
        network=None,
        workers=2,
        batch=1,
        seed=0,
        **figures,  # type: ignore[arg-type]
    )


def waiting(*seconds: float, cut: tuple[float, ...] = (), close: float = 0.0) -> Score:
    costs = [*(Waited(each, True) for each in seconds), *(Waited(each, False) for each in cut)]
    return Score(TIME, dict(enumerate(costs)), close)


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ({"slow": waiting(3, 3), "fast": waiting(1, 2)}, ["fast", "slow"]),
        # Up to the common bound of 4: (1 + 4) / 2 = 2.5 is less than (3 + 4) / 2: 9 is known as 4, too.
        ({"late": waiting(3, 9), "cut": waiting(1, cut=(4,))}, ["cut", "late"]),
        # Whoever never got there sets no bound: 5 is later than 1, but is known.
        ({"never": waiting(cut=(1, 1)), "there": waiting(5, 5)}, ["there", "never"]),
        # To diverge is to wait for ever, whatever the others' mean.
        ({"wild": waiting(1, 1, cut=(math.inf,)), "calm": waiting(5, 5, 5)}, ["calm", "wild"]),
        # All cut off at the same bound: how close they came decides; then the order that they were given in.
        ({"far": waiting(cut=(2, 2), close=0.4), "close": waiting(cut=(2, 2), close=0.2)}, ["close", "far"]),
        ({"one": waiting(2, 2), "two": waiting(2, 2)}, ["one", "two"]),
        # At the common bound (2 s) both are 2; more seeds got there.
        ({"half": waiting(2, cut=(2,)), "all": waiting(2, 3)}, ["all", "half"]),
        ({"gone": waiting(cut=(math.inf, math.inf)), "cut": waiting(cut=(1, 1))}, ["cut", "gone"]),
    ],
)
def test_the_best_is_who_got_there_soonest_on_the_most_seeds(scores: dict[str, Score], order: list[str]) -> None:
    assert ranked(scores) == order


def test_of_a_figure_that_is_to_be_large_the_largest_is_best() -> None:
    scores = {
        rate: score(ACCURACY, {0: summary("completed", final_test_accuracy=value)})
        for rate, value in (("low", 0.7), ("high", 0.9))
    }
    assert ranked(scores) == ["high", "low"]
    assert scores["high"].interval.value == 0.9


def test_a_mean_of_several_seeds_has_its_interval_the_right_way_round() -> None:
    both = score(ACCURACY, {seed: summary("completed", final_test_accuracy=0.8 + seed / 10) for seed in (0, 1)})
    value, low, high, n = both.interval
    # Student's quantile of one degree of freedom, 12.706, times the standard error, 0.1 / 2.
    assert (value, n) == (pytest.approx(0.85), 2)
    assert (low, high) == (
        pytest.approx(0.85 - 12.7062 * 0.05, rel=1e-4),
        pytest.approx(0.85 + 12.7062 * 0.05, rel=1e-4),
    )


@pytest.mark.parametrize(
    ("objective", "found", "cost", "finite"),
    [
        (TIME, summary(seconds_to_target=2.0, virtual_seconds=3.0), Waited(2.0, True), 2.0),
        (TIME, summary("completed", virtual_seconds=3.0), Waited(3.0, False), 3.0),  # cut off: the bound
        (TIME, summary("diverged", virtual_seconds=0.1), Waited(math.inf, False), NEVER),
        (ACCURACY, summary("completed", final_test_accuracy=0.5), Waited(-0.5, True), 0.5),
        (ACCURACY, summary("diverged", final_test_accuracy=0.5), Waited(math.inf, False), -NEVER),
    ],
)
def test_what_a_run_counts(objective: Objective, found: Summary, cost: Waited, finite: float) -> None:
    assert objective.cost(found) == cost
    assert objective.finite(found) == finite


def test_what_was_not_measured_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sweep\.objective: the run has no final_test_accuracy"):
        ACCURACY.cost(summary("completed"))


def test_every_objective_is_a_field_of_the_summary() -> None:
    fields = set(Summary.__dataclass_fields__)
    assert {each for one in OBJECTIVES.values() for each in (one.name, one.up_to or one.name)} <= fields


RATES = Values("optimizer.lr", ("optimizer.lr=0.2", "optimizer.lr=0.1", "optimizer.lr=0.4"))
KINDS = Values("optimizer", ("optimizer=sgd", "optimizer=adam"))


@pytest.mark.parametrize(
    ("space", "word", "edge"),
    [
        (RATES, "optimizer.lr=0.2", False),
        (RATES, "optimizer.lr=0.1", True),
        (RATES, "optimizer.lr=0.4", True),
        (KINDS, "optimizer=sgd", False),  # words have no order
        (Span("x", 0.01, 1.0, log=True, whole=False), "x=0.012", True),  # log10(1.2) = 0.079 of 2 decades: 4 %
        (Span("x", 0.01, 1.0, log=True, whole=False), "x=0.1", False),
        (Span("x", 0.0, 10.0, log=False, whole=True), "x=10", True),
        (Span("x", 0.0, 10.0, log=False, whole=True), "x=1", False),
    ],
)
def test_an_edge_is_the_smallest_or_the_largest_number(space: Values | Span, word: str, edge: bool) -> None:
    assert at_edge([space], (word,)) == ([space.key] if edge else [])


def test_a_run_has_one_seed_and_is_called_after_what_sets_it_apart() -> None:
    cell = Job(0, ("seed=5", "workers=2", "batch=8"), ("workers=2",))
    job = Run(cell, ("optimizer.lr=0.1",), 1_000_005).job(3)
    assert job.overrides == ("workers=2", "batch=8", "seed=1000005", "optimizer.lr=0.1")
    assert job.varied == ("workers=2", "optimizer.lr=0.1", "seed=1000005")


def cell(varied: tuple[str, ...], costs: Mapping[int, Waited]) -> TunedCell:
    judged = Score(TIME, costs, 0.0)
    return TunedCell(Job(0, varied, varied), {("optimizer.lr=1",): judged}, [], judged, {0: Path()}, 1.0)


def test_methods_are_compared_within_a_setting_by_pairs() -> None:
    def times(*seconds: float) -> dict[int, Waited]:
        return {seed: Waited(each, True) for seed, each in enumerate(seconds)}

    cells = [
        cell(("workers=4", "protocol=a"), times(1.0, 2.0, 3.0)),
        cell(("workers=4", "protocol=b"), times(2.0, 3.1, 3.9)),
        cell(("workers=4", "protocol=c"), {seed: Waited(9.0, False) for seed in range(3)}),
        cell(("workers=8", "protocol=a"), times(5.0, 5.0, 5.0)),
        cell(("workers=8", "protocol=b"), times(4.0, 4.0, 4.0)),
    ]
    four, eight = compared(cells)
    # b - a by seed: 1.0, 1.1, 0.9; their standard deviation is 0.1, so that the interval is 1 +- 4.303 x 0.1 / sqrt(3),
    # though either scatters by 1.
    (beside,) = four.others
    assert (four.words, four.first, four.never) == (("workers=4",), "a", ["c"])
    assert beside.verdict.difference.effect == pytest.approx(1.0)
    assert beside.verdict.difference.low == pytest.approx(1.0 - 4.3027 * 0.1 / math.sqrt(3), rel=1e-4)
    # t = 1 / (0.1 / sqrt(3)) = 17.32 with 2 degrees of freedom: p = 1 - t / sqrt(2 + t^2) = 0.00332, times 2 by Holm?
    # The other comparison has p = 0, so that this one is the larger of the two, and counts once.
    t = math.sqrt(3) / 0.1
    assert beside.verdict.p == pytest.approx(1.0 - t / math.sqrt(2.0 + t * t), rel=1e-4)
    assert beside.verdict.told_apart
    assert (eight.words, eight.first, [each.method for each in eight.others]) == (("workers=8",), "b", ["a"])


def test_without_a_target_the_objective_is_what_is_learned_or_how_fast() -> None:
    from experiments import experiment

    def goes_by(**asked: str) -> str:
        (found,) = objectives_of([], experiment("hardsync", **asked))
        return found.name

    assert goes_by(problem="quadratic", until="updates=3 target_loss=0.1") == "seconds_to_target"
    assert goes_by(problem="quadratic", until="updates=3") == "final_test_loss"
    assert goes_by(problem="none", until="updates=3") == "samples_per_second"

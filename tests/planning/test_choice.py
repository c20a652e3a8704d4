"""Decisions: what is recommended, and why the others are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from families_of_words import family_of

from sim.evidence.range import Range
from sim.planning.candidate import Candidate
from sim.planning.choice import choose, pareto, said_of, sure, written
from sim.planning.family import Family
from sim.planning.goal import Goal
from sim.planning.pace import SHARES, Pace

DRAWS = 400
SPREAD = np.exp(0.1 * np.random.default_rng(0).standard_normal(DRAWS))


@pytest.fixture(scope="module")
def family() -> Family:
    return family_of("machines=p3", "workload=resnet50", "batch=64")


def candidate(
    family: Family, count: int, minutes: float, goal: Goal, price: float | None = 10.0, compute: float = 1.0
) -> Candidate:
    """So many machines that take so many minutes, for so much an hour each."""
    shares = {name: np.full(DRAWS, compute if name == "compute" else 0.0) for name in SHARES}
    ones = np.ones(DRAWS)
    pace = Pace(1e6 / (60.0 * minutes) / SPREAD, shares, ones.astype(np.bool_), ones, 0.0, "compute", "formula")
    machine = replace(family.machine, price=price)
    return Candidate(replace(family, machine=machine), count, goal, pace, samples=1e6 * ones)


def test_the_cheapest_that_is_sure_of_the_deadline(family: Family) -> None:
    goal = Goal(samples=1e6, minutes=60.0)
    some = [candidate(family, *each, goal) for each in ((1, 200.0), (2, 90.0), (4, 56.0), (8, 40.0), (16, 25.0))]
    choice = choose(some, goal)
    # 56 minutes +/- 10 % are not sure of 60; 8 x 40 minutes cost less than 16 x 25
    assert choice.best is some[3]
    assert choice.meets
    assert [each.status for each in some] == ["misses", "misses", "unsure", "meets", "meets"]
    assert said_of(some[3], choice) == "the cheapest that is sure of it"
    assert said_of(some[0], choice) == "takes 3.3 times the 60 minutes"
    assert said_of(some[2], choice).startswith("meets the goal with 7")
    assert said_of(some[4], choice) == "1.3 times the cost at 0.63 times the time"


def test_the_fastest_that_is_sure_of_the_budget(family: Family) -> None:
    goal = Goal(samples=1e6, cost=60.0)
    some = [candidate(family, *each, goal) for each in ((1, 200.0), (2, 120.0), (4, 70.0), (8, 60.0))]
    assert choose(some, goal).best is some[2]
    unpriced = candidate(family, 16, 1.0, goal, price=None)
    choice = choose([*some, unpriced], goal)
    assert choice.best is some[2]
    assert said_of(unpriced, choice) == "has no price"


def test_without_bounds_the_least_time_times_cost(family: Family) -> None:
    goal = Goal(samples=1e6)
    some = [candidate(family, *each, goal) for each in ((1, 200.0), (2, 101.0), (4, 60.0), (8, 50.0))]
    assert choose(some, goal).best is some[2]


def test_a_goal_that_nobody_reaches_has_a_closest(family: Family) -> None:
    goal = Goal(samples=1e6, minutes=10.0)
    some = [candidate(family, *each, goal) for each in ((1, 200.0), (2, 101.0), (4, 60.0))]
    choice = choose(some, goal)
    assert choice.best is some[2]
    assert not choice.meets
    assert said_of(some[2], choice) == "the closest: none meets the goal"


def test_more_machines_that_are_slower_are_said_to_be(family: Family) -> None:
    goal = Goal(samples=1e6, minutes=300.0)
    one, two = (replace(candidate(family, *each, goal), family=family) for each in ((1, 100.0), (2, 110.0)))
    assert said_of(two, choose([one, two], goal)) == "slower than 1 x p3.16xlarge (> 99 % sure)"


def test_the_front_is_of_those_that_nobody_beats(family: Family) -> None:
    goal = Goal(samples=1e6)
    some = [candidate(family, *each, goal) for each in ((1, 200.0), (2, 120.0), (4, 61.0), (8, 61.0), (2, 90.0))]
    # 1 x 200 and 2 x 90 cost less than 4 x 61, which 8 x 61 is no faster than
    assert pareto(some) == [some[2], some[4]]


def test_utilisation_is_a_goal(family: Family) -> None:
    goal = Goal(utilisation=0.9)
    some = [candidate(family, count, 60.0 / count, goal, compute=compute) for count, compute in ((1, 1.0), (8, 0.8))]
    choice = choose(some, goal)
    assert choice.best is some[0]
    assert some[1].chance == 0.0


def test_nothing_that_runs_is_no_choice(family: Family) -> None:
    goal = Goal(samples=1e6)
    refused = Candidate(family, 1, goal, refused="needs 90 GB of 16")
    choice = choose([refused], goal)
    assert choice.best is None
    assert said_of(refused, choice) == "needs 90 GB of 16"


@pytest.mark.parametrize(
    ("range_", "text"),
    [
        (Range(1.0, 2.0, 3.0), "2 [1, 3]"),
        (Range(2.0, 2.0, 2.0), "2"),
        (Range(41.4e6, 44.8e6, 48.5e6), "44.8 [41.4, 48.5] M"),
        (None, "–"),
    ],
)
def test_figures_are_written_with_what_is_possible(range_: Range | None, text: str) -> None:
    assert written(range_) == text


def test_no_chance_is_certain() -> None:
    assert [sure(chance) for chance in (1.0, 0.97, 0.0, None)] == ["> 99 %", "97 %", "< 1 %", "–"]

"""Which candidate it is, and why the others are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.evidence.range import Range
from sim.planning.candidate import MEETS, Candidate
from sim.planning.goal import Goal
from sim.results.units import number

#: Of figures that are larger, the unit that they are told in.
_LARGE = {"G": 1e9, "M": 1e6}


class Choice(NamedTuple):
    """What is recommended.

    Attributes
    ----------
    best
        The recommendation, or the closest where none meets the goal; None: there is nothing that runs.
    meets
        Whether it meets the goal as surely as is asked.
    front
        The Pareto front of time against cost, by time.
    ordered
        All candidates: the best first, then the front, then the others by time, then those that do not run.
    """

    best: Candidate | None
    meets: bool
    front: tuple[Candidate, ...]
    ordered: tuple[Candidate, ...]

    def with_(self, others: Mapping[int, Candidate]) -> Choice:
        """The same with some candidates, by their `id`, in the place of others."""
        best = self.best and others.get(id(self.best), self.best)
        front, ordered = (tuple(others.get(id(each), each) for each in some) for some in (self.front, self.ordered))
        return Choice(best, self.meets, front, ordered)


def choose(candidates: Sequence[Candidate], goal: Goal) -> Choice:
    """Choose.

    Of those that meet the goal it is the cheapest; where the goal is a budget alone, the fastest; where neither time
    nor money is bounded, that with the least product of the two; of sites that have to compute enough of their time,
    the slowest link, and on it the shortest round. Where none meets it, the most likely to.

    Parameters
    ----------
    candidates
        All.
    goal
        The goal.
    """
    running = [each for each in candidates if each.pace is not None]
    front = pareto(running)
    meeting = [each for each in running if each.status == MEETS]
    likely = max(running, key=lambda each: (each.chance or 0.0, *(-x for x in _distance(each))), default=None)
    best = min(meeting, key=_wanted(goal), default=likely)
    rest = [each for each in running if each is not best and each not in front]
    refused = [each for each in candidates if each.pace is None]
    first = [] if best is None else [best]
    ordered = [*first, *(each for each in front if each is not best), *sorted(rest, key=time_of), *refused]
    return Choice(best, bool(meeting), tuple(front), tuple(ordered))


def time_of(candidate: Candidate) -> float:
    """How long a candidate takes (min), in the middle; where the goal has no end, a sample (s)."""
    if candidate.minutes is not None:
        return candidate.middle(candidate.minutes)
    assert candidate.pace is not None, "only asked of what runs"
    return 1.0 / candidate.pace.range_of(candidate.pace.rate).middle


def cost_of(candidate: Candidate) -> float:
    """What it costs in the middle (USD); where its price is not known, or the goal has no end, machines times time."""
    if candidate.cost is not None:
        return candidate.middle(candidate.cost)
    return candidate.devices * time_of(candidate)


def pareto(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that no other is both faster and cheaper than, by time.

    Parameters
    ----------
    candidates
        That run. Where some have a price, of those alone.
    """
    priced = [each for each in candidates if each.cost is not None] or list(candidates)
    front: list[Candidate] = []
    for each in sorted(priced, key=lambda one: (time_of(one), cost_of(one))):
        if not front or cost_of(each) < cost_of(front[-1]):
            front.append(each)
    return front


def _wanted(goal: Goal) -> Callable[[Candidate], tuple[float, ...]]:
    """What of those that meet the goal is the least."""
    if not goal.learns:
        return lambda each: (*each.round, cost_of(each), time_of(each))
    if goal.minutes is not None:
        return lambda each: (each.cost is None, cost_of(each), time_of(each))
    if goal.cost is not None:
        return lambda each: (time_of(each), cost_of(each))
    return lambda each: (each.cost is None, cost_of(each) * time_of(each), 0.0)


def _distance(candidate: Candidate) -> tuple[float, float]:
    """How many times the goal a candidate takes, at the worst of its parts; and its time."""
    goal = candidate.goal
    over = [1.0]
    if goal.minutes is not None:
        over.append(time_of(candidate) / goal.minutes)
    if goal.cost is not None:
        over.append(candidate.middle(candidate.cost) / goal.cost)
    return max(over), time_of(candidate)


def said_of(candidate: Candidate, choice: Choice) -> str:
    """Why a candidate is recommended, or lost.

    Parameters
    ----------
    candidate
        The candidate.
    choice
        What has been chosen.
    """
    best = choice.best
    if candidate.refused:
        return candidate.refused
    assert best is not None, "a candidate runs"
    goal = candidate.goal
    if candidate is best:
        return _why_best(best, goal) if choice.meets else "the closest: none meets the goal"
    slower = _slower_than_fewer(candidate, choice.ordered)
    if slower is not None:
        chance = float((_times(candidate) >= _times(slower)).mean())
        return f"slower than {slower.count} x {slower.family.machine.name} ({sure(chance)} sure)"
    pieces = []
    if goal.minutes is not None and time_of(candidate) > goal.minutes:
        pieces.append(f"takes {number(time_of(candidate) / goal.minutes, 2)} times the {goal.minutes:g} minutes")
    if goal.cost is not None and candidate.middle(candidate.cost) > goal.cost:
        pieces.append("has no price" if candidate.cost is None else f"costs more than {goal.cost:g} USD")
    if not pieces and candidate.status != MEETS:
        pieces.append(f"meets the goal with {sure(candidate.chance)} alone")
    if not pieces:
        pieces.append(_beside(candidate, best))
    return ", ".join(pieces)


def _why_best(best: Candidate, goal: Goal) -> str:
    if goal.minutes is not None:
        return "the cheapest that is sure of it"
    if goal.cost is not None:
        return "the fastest that is sure of the budget"
    if goal.utilisation is not None:
        return (
            "the shortest round on the slowest link" if best.round else "the cheapest that computes enough of its time"
        )
    return "the least time times cost"


def _slower_than_fewer(candidate: Candidate, others: Sequence[Candidate]) -> Candidate | None:
    """The fastest candidate with fewer of the same machines that is as fast."""
    fewer = [
        each
        for each in others
        if each.pace is not None and each.family is candidate.family and each.count < candidate.count
    ]
    fastest = min(fewer, key=time_of, default=None)
    return fastest if fastest is not None and time_of(fastest) <= time_of(candidate) else None


def _beside(candidate: Candidate, best: Candidate) -> str:
    if candidate.round and not candidate.goal.learns:
        links, rounds = zip(candidate.round, best.round, strict=True)
        more = [
            *(["a faster link"] if links[0] > links[1] else []),
            *(["longer rounds"] if rounds[0] > rounds[1] else []),
        ]
        return " and ".join(more) or "as good"
    if candidate.cost is None and best.cost is not None:
        return "its price is not known"
    slower = _ratio(_times(candidate) / _times(best), "the time")
    if candidate.cost is None or best.cost is None:
        return slower
    return f"{_ratio(candidate.cost / best.cost, 'the cost')} at {slower}"


def _times(candidate: Candidate) -> Numbers:
    """How long it takes, or where the goal has no end a sample does, by draw: one draw is one world for all."""
    if candidate.minutes is not None:
        return candidate.minutes
    assert candidate.pace is not None, "only asked of what runs"
    return 1.0 / candidate.pace.rate


def _ratio(values: Numbers, what: str) -> str:
    """How many times as much, draw by draw; where 80 % of what is possible are on both sides of one, it is said."""
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
    if low < 1.0 < high:
        return f"{number(middle, 2)} times {what} (may be as much)"
    return f"{number(middle, 2)} times {what}"


def sure(chance: float | None) -> str:
    """A chance in words: draws that all agree are not certainty."""
    if chance is None:
        return "–"
    return "> 99 %" if chance > 0.995 else "< 1 %" if chance < 0.005 else f"{100.0 * chance:.0f} %"


def written(range_: Range | None, digits: int = 3) -> str:
    """A figure with 80 % of what is possible: ``value [low, high]``."""
    if range_ is None:
        return "–"
    unit = next((name for name, size in _LARGE.items() if abs(range_.middle) >= size), "")
    size = _LARGE.get(unit, 1.0)
    low, middle, high = (number(each / size, digits).replace("\N{NO-BREAK SPACE}", " ") for each in range_)
    value = middle if low == high == middle else f"{middle} [{low}, {high}]"
    return f"{value} {unit}" if unit else value

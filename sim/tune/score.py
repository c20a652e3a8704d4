"""How good a choice is, by the runs of several seeds, and which of several is the best."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

from sim.evidence.censored import Waited, horizon, restricted, restricted_mean
from sim.evidence.interval import Interval
from sim.results.objective import Objective
from sim.results.rows import Summary

K = TypeVar("K", bound=Hashable)


class Score(NamedTuple):
    """What a choice came to.

    Attributes
    ----------
    objective
        What it goes by.
    costs
        What each seed came to, as a cost, of which less is better; see `Objective.cost`.
    close
        Mean test error of the seeds at their best, or else their loss at the end: how close those came that never got
        there.
    """

    objective: Objective
    costs: Mapping[int, Waited]
    close: float

    @property
    def reached(self) -> int:
        """How many seeds came to a figure: got to the target, or else did not diverge."""
        return sum(each.reached for each in self.costs.values())

    @property
    def diverged(self) -> int:
        """How many seeds diverged."""
        return sum(each.seconds == math.inf for each in self.costs.values())

    @property
    def interval(self) -> Interval:
        """The mean of the figure with its interval; where seeds were cut off, up to the bound of the first of them."""
        mean = restricted_mean(list(self.costs.values()))
        if self.objective.less:
            return mean
        low, high = (None if end is None else -end for end in (mean.high, mean.low))
        return Interval(-mean.value, low, high, mean.n)


def score(objective: Objective, summaries: Mapping[int, Summary]) -> Score:
    """The score of a choice.

    Parameters
    ----------
    objective
        What it goes by.
    summaries
        Of the run of each seed.

    Raises
    ------
    ValueError
        Where a run has not measured it.
    """
    close = math.fsum(_close(each) for each in summaries.values()) / len(summaries)
    return Score(objective, {seed: objective.cost(each) for seed, each in summaries.items()}, close)


def _close(summary: Summary) -> float:
    if summary.best_test_accuracy is not None:
        return 1.0 - summary.best_test_accuracy
    return math.inf if summary.final_test_loss is None else summary.final_test_loss


def ranked(scores: Mapping[K, Score]) -> list[K]:
    """Those with scores, the best first.

    Who never got there comes last, by how close it came. Of the others, who has diverged on fewer seeds comes first: it
    would wait for ever on each of them, which no mean makes up for. Then the mean decides, up to the bound that all of
    them have in common, then how many seeds got there, then the order.
    """
    there = [list(each.costs.values()) for each in scores.values() if each.reached]
    bound = horizon(*there)

    def rank(name: K) -> tuple[bool, int, float, int, float]:
        each = scores[name]
        mean = (
            math.fsum(restricted(cost, bound) for cost in each.costs.values()) / len(each.costs)
            if each.reached
            else 0.0
        )
        return not each.reached, each.diverged, mean, -each.reached, each.close

    return sorted(scores, key=rank)

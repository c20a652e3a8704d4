"""Interference that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from sim.stragglers import StragglerLaw
from sim.stragglers.ranks import check_among, check_ranks
from topologies.field_error import FieldError
from topologies.ranges import check, check_share


@dataclass
class Markov(StragglerLaw):
    """Every worker is slowed down for a while now and then by others on its host (mean above 1).

    A Markov chain of two states makes one step per gradient. In the slow state a gradient takes `factor` times as long,
    else exactly its mean time, so that the mean is 1 + slow_share (factor - 1). Both states last a geometric number of
    steps. The start is stationary: the first gradient is as likely to be slow as any other.

    Parameters
    ----------
    slow_share
        Share of the gradients that are slow (0 to below 1).
    factor
        How many times longer they take (ratio), > 0.
    mean_steps
        How long a worker stays slow on average (gradients), >= 1. It is at least slow_share / (1 - slow_share), because
        the state between two slow ones lasts a gradient or more. At 1 / (1 - slow_share) all gradients are independent.
    ranks
        Numbers of the workers that this happens to, from 0; empty: all. The others take exactly the mean time.
    """

    slow_share: float = 0.1
    factor: float = 4.0
    mean_steps: float = 20.0
    ranks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_share("slow_share", self.slow_share)
        check("factor", self.factor, above=0.0)
        check("mean_steps", self.mean_steps, "give the number of gradients that the slow state lasts", at_least=1.0)
        shortest = self.slow_share / (1.0 - self.slow_share)
        if self.mean_steps < shortest * (1.0 - 1e-12):  # the share is rounded, and with it the bound
            raise FieldError(
                "mean_steps",
                f"must be at least slow_share / (1 - slow_share) = {shortest:.6g}, got {self.mean_steps}; "
                "the state between two slow ones lasts a gradient or more",
            )
        check_ranks(self.ranks)

    def check_workers(self, workers: int) -> None:
        check_among(self.ranks, workers)

    def mean(self, rank: int) -> float:
        if self.ranks and rank not in self.ranks:
            return 1.0
        return 1.0 + self.slow_share * (self.factor - 1.0)

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        # A state that is left with probability p per step lasts 1/p steps on average, and lasts as long again whenever
        # one looks. The slow share is the mean time in the slow state over the mean time in both.
        leave_slow = 1.0 / self.mean_steps
        leave_fast = min(1.0, leave_slow * self.slow_share / (1.0 - self.slow_share))
        if leave_fast == 0.0 or (self.ranks and rank not in self.ranks):
            yield from repeat(1.0)
        slow = generator.random() < self.slow_share
        while True:
            steps = int(generator.geometric(leave_slow if slow else leave_fast))
            yield from repeat(self.factor if slow else 1.0, steps)
            slow = not slow

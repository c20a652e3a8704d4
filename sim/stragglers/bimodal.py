"""Two kinds of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from sim.stragglers.ranks import check_among, check_ranks
from topologies.ranges import check


@dataclass
class Bimodal(StragglerLaw):
    """Now and then a gradient takes several times as long, the others exactly their mean time (mean above 1).

    The base is 1, so that the mean is 1 + probability (factor - 1).

    Parameters
    ----------
    probability
        Share of the gradients that are slow (0 to 1); each is drawn by itself.
    factor
        How many times longer they take (ratio), > 0.
    ranks
        Numbers of the workers that this happens to, from 0; empty: all. The others take exactly the mean time.
    """

    probability: float = 0.05
    factor: float = 4.0
    ranks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        check("probability", self.probability, at_least=0.0, at_most=1.0)
        check("factor", self.factor, above=0.0)
        check_ranks(self.ranks)

    def check_workers(self, workers: int) -> None:
        check_among(self.ranks, workers)

    def mean(self, rank: int) -> float:
        if self.ranks and rank not in self.ranks:
            return 1.0
        return 1.0 + self.probability * (self.factor - 1.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return np.where(generator.random(count) < self.probability, self.factor, 1.0)

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        return repeat(1.0) if self.ranks and rank not in self.ranks else super().multipliers(rank, generator)

"""Slow nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class SlowNode(StragglerLaw):
    """A few workers are always slower, the others exactly as fast as stated.

    They are the first `count`, and take `factor` times as long.

    Parameters
    ----------
    count
        How many workers are slow, >= 0.
    factor
        How many times slower they are (ratio), > 0.
    """

    count: int = 1
    factor: float = 4.0

    def __post_init__(self) -> None:
        check("count", self.count, at_least=0)
        check("factor", self.factor, above=0.0)

    def mean(self, rank: int) -> float:
        return self.factor if rank < self.count else 1.0

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        return repeat(self.mean(rank))

"""Slow nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from sim.stragglers import StragglerLaw
from sim.stragglers.ranks import check_among, check_ranks
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class SlowNode(StragglerLaw):
    """A few workers are always slower, the others exactly as fast as stated.

    They are the first `count`, or those that `ranks` names, and take `factor` times as long.

    Parameters
    ----------
    count
        How many workers are slow, >= 0; None: 1, or those in `ranks`.
    factor
        How many times slower they are (ratio), > 0.
    ranks
        Numbers of the workers that are slow, from 0; empty: the first `count`. One of the two is given, not both.
    """

    count: int | None = None
    factor: float = 4.0
    ranks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        check("count", self.count, at_least=0)
        check("factor", self.factor, above=0.0)
        check_ranks(self.ranks)
        if self.ranks and self.count is not None:
            raise FieldError("count", f"is of the first workers, got {self.count} beside ranks; give one of the two")

    def check_workers(self, workers: int) -> None:
        check_among(self.ranks, workers)

    def mean(self, rank: int) -> float:
        slow = rank in self.ranks if self.ranks else rank < (1 if self.count is None else self.count)
        return self.factor if slow else 1.0

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        return repeat(self.mean(rank))

"""Binomial tree: vectors are summed up a tree to rank 0, and the sum is handed down it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective
from sim.collectives.operations.operation import Operation
from sim.collectives.operations.steps import Steps


@dataclass
class Tree(Collective):
    """Binomial tree: whole vectors summed up to one rank and handed down, 2 log2 n steps.

    Reduction to rank 0, then broadcast, each in ``k = ceil(log2 ranks)`` steps; in step i of the reduction the ranks
    whose lowest set bit is i send to the rank without that bit, and the broadcast is the reverse. On routes of latency
    a (s) and inverse bandwidth b (s/B), with c (s/B) to add a byte, any number of ranks takes
    ``2 k (a + nbytes b) + k nbytes c``, a broadcast ``k (a + nbytes b)`` [1]_. The root sends without a pause, so that
    there is nothing to be won by cutting the vector into chunks: `chain` and `double_tree` do that.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, sections 4.2 and 4.5.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduction to rank 0, then broadcast."""
        steps = Steps(ranks, nbytes, 1, self.reduce_seconds_per_byte)
        _reduce(steps, ranks)
        _broadcast(steps, ranks)
        return steps.operation("all_reduce")

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """The farthest child first."""
        steps = Steps(ranks, nbytes, 1, self.reduce_seconds_per_byte)
        _broadcast(steps, ranks)
        return steps.operation("broadcast")


def _levels(ranks: int) -> list[int]:
    """Distances between parents and children, nearest first."""
    return [1 << level for level in range((ranks - 1).bit_length())]


def _reduce(steps: Steps, ranks: int) -> None:
    for distance in _levels(ranks):
        child = np.arange(distance, ranks, 2 * distance, dtype=np.int32)
        steps.step(child, child - distance, 0, 1, adds=True)


def _broadcast(steps: Steps, ranks: int) -> None:
    for distance in reversed(_levels(ranks)):
        child = np.arange(distance, ranks, 2 * distance, dtype=np.int32)
        steps.step(child - distance, child, 0, 1, adds=False)

"""Binomial tree: vectors are summed up a tree to rank 0, and the sum is handed down it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.form import Formed
from sim.collectives.operations.machines import at
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Terms
from sim.collectives.operations.steps import Steps


@dataclass
class Tree(Formed):
    """Binomial tree: whole vectors summed up to one rank and handed down, 2 log2 n steps.

    Reduction to rank 0, then broadcast, each in ``k = ceil(log2 ranks)`` steps; in step i of the reduction the ranks
    whose lowest set bit is i send to the rank without that bit, and the broadcast is the reverse. On routes of latency
    a (s) and inverse bandwidth b (s/B), with c (s/B) to add a byte, any number of ranks takes
    ``2 k (a + nbytes b) + k nbytes c``, a broadcast ``k (a + nbytes b)`` [1]_. The root sends without a pause, so that
    there is nothing to be won by cutting the vector into chunks: `chain` and `double_tree` do that. Where ranks share
    machines there is a tree inside each machine, below a tree of the machines' first ranks.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, sections 4.2 and 4.5.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduction to rank 0, then broadcast."""
        steps = Steps(ranks, nbytes, 1, self.reduce_seconds_per_byte)
        inside, between = self._trees(ranks)
        _reduce(steps, inside)
        _reduce(steps, between)
        _broadcast(steps, between)
        _broadcast(steps, inside)
        return steps.operation("all_reduce")

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """The farthest child first."""
        steps = Steps(ranks, nbytes, 1, self.reduce_seconds_per_byte)
        inside, between = self._trees(ranks)
        _broadcast(steps, between)
        _broadcast(steps, inside)
        return steps.operation("broadcast")

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        steps = (ranks - 1).bit_length()
        return {"all_reduce": Terms(2 * steps, 2 * steps, steps), "broadcast": Terms(steps, steps)}.get(kind)

    def _trees(self, ranks: int) -> tuple[Sequence[Numbers], Sequence[Numbers]]:
        """The ranks of the tree in each machine, and those of the tree of machines."""
        machines = at(self.site, ranks).ranks
        return machines, [np.array([each[0] for each in machines], np.int32)]


def _levels(trees: Sequence[Numbers]) -> list[tuple[Numbers, Numbers]]:
    """Children and their parents in trees of these ranks, each rooted at its first: the nearest first."""
    levels = []
    for level in range((max(map(len, trees), default=1) - 1).bit_length()):
        distance = 1 << level
        pairs = [(each[distance :: 2 * distance], each[: -distance : 2 * distance]) for each in trees]
        children, parents = zip(*pairs, strict=True)
        levels.append((np.concatenate(children), np.concatenate(parents)))
    return levels


def _reduce(steps: Steps, trees: Sequence[Numbers]) -> None:
    for child, parent in _levels(trees):
        steps.step(child, parent, 0, 1, adds=True)


def _broadcast(steps: Steps, trees: Sequence[Numbers]) -> None:
    for child, parent in reversed(_levels(trees)):
        steps.step(parent, child, 0, 1, adds=False)

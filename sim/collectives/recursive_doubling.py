"""Recursive doubling: partners at distance 1, 2, 4, ... exchange and add their whole vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.folding import fold, power_of_two, unfold
from sim.collectives.operations.form import Formed
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Terms
from sim.collectives.operations.steps import Steps


@dataclass
class RecursiveDoubling(Formed):
    """Recursive doubling: whole vectors exchanged in log2 n steps, for small vectors.

    Partners are ever farther, steps the fewest.

    On routes of latency a (s) and inverse bandwidth b (s/B), with c (s/B) to add a byte, ``ranks = 2**k`` take
    ``k (a + nbytes b + nbytes c)`` [1]_. Other numbers are folded to ``2**k`` ranks before and unfolded after, which
    adds ``2 a + 2 nbytes b + nbytes c``.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, section 4.5.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Any number of ranks."""
        steps = Steps(ranks, nbytes, 1, self.reduce_seconds_per_byte)
        active = fold(steps, ranks, 1)
        place = np.arange(len(active))
        distance = 1
        while distance < len(active):
            steps.step(active, active[place ^ distance], 0, 1, adds=True)
            distance *= 2
        unfold(steps, ranks, 1)
        return steps.operation("all_reduce")

    def together(self, ranks: int) -> bool:
        return ranks == power_of_two(ranks)

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        if kind != "all_reduce":
            return None
        pairs = power_of_two(ranks)
        steps, folded = pairs.bit_length() - 1, float(ranks > pairs)
        return Terms(steps + 2 * folded, steps + 2 * folded, steps + folded)

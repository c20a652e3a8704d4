"""Recursive halving and doubling (Rabenseifner): partners at distance 1, 2, 4, ... exchange halves of halves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.folding import fold, power_of_two, unfold
from sim.collectives.operations.form import Formed
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Terms
from sim.collectives.operations.steps import Steps
from topologies.field_error import FieldError


@dataclass
class HalvingDoubling(Formed):
    """Recursive halving and doubling (Rabenseifner): ring's bytes in 2 log2 n steps, any n.

    Halves are exchanged and summed with ever farther partners, then gathered on the way back.

    Reduce-scatter by recursive vector halving and distance doubling, so that the largest messages go to the nearest
    ranks, then all-gather by the reverse [1]_, [2]_. On routes of latency a (s) and inverse bandwidth b (s/B), with c
    (s/B) to add a byte, ``ranks = 2**k`` take
    ``2 k a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``. Other numbers are folded to ``2**k``
    ranks before and unfolded after, which adds ``2 a + 2 nbytes b + nbytes c`` to the time of these. Reduce-scatter and
    all-gather alone take ``k a + (ranks - 1) / ranks nbytes b``, the former also ``(ranks - 1) / ranks nbytes c``, and
    need ``ranks = 2**k``.

    References
    ----------
    .. [1] R. Rabenseifner, "Optimization of collective reduction operations", ICCS 2004.
    .. [2] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, section 4.5.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduce-scatter, then all-gather; any number of ranks."""
        pieces = power_of_two(max(ranks, 1))
        steps = Steps(ranks, nbytes, pieces, self.reduce_seconds_per_byte)
        active = fold(steps, ranks, pieces)
        _halve(steps, active)
        _double(steps, active)
        unfold(steps, ranks, pieces)
        return steps.operation("all_reduce")

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Rank r gets the part whose number is r's with its bits reversed; ``2**k`` ranks."""
        steps, active = self._start(ranks, nbytes)
        _halve(steps, active)
        return steps.operation("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """The reverse of the reduce-scatter; ``2**k`` ranks."""
        steps, active = self._start(ranks, nbytes)
        _double(steps, active)
        return steps.operation("all_gather")

    def together(self, ranks: int) -> bool:
        return ranks == power_of_two(ranks)

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        pairs = power_of_two(ranks)
        folded, share, steps = float(ranks > pairs), (pairs - 1) / pairs, pairs.bit_length() - 1
        if kind == "all_reduce":
            return Terms(2 * (steps + folded), 2 * (share + folded), share + folded)
        if kind == "broadcast" or folded:
            return None
        return Terms(steps, share, share if kind == "reduce_scatter" else 0.0)

    def _start(self, ranks: int, nbytes: float) -> tuple[Steps, Numbers]:
        steps = Steps(ranks, nbytes, max(ranks, 1), self.reduce_seconds_per_byte)
        if ranks != power_of_two(ranks):
            raise FieldError(
                "ranks",
                f"halving_doubling can only all_reduce over {ranks}; give a power of two, or choose another "
                "collective, such as ring",
            )
        return steps, np.arange(ranks, dtype=np.int32)


def _halve(steps: Steps, active: Numbers) -> None:
    """Let partners exchange the halves of what they have that the other will sum."""
    size = len(active)
    for distance, length, begin in _levels(size):
        # Who has the bit of `distance` keeps the upper half and sends the lower one.
        partner = np.arange(size, dtype=np.int32) ^ distance
        first = begin + np.where(np.arange(size) & distance, 0, length)
        steps.step(active, active[partner], first, first + length, adds=True)


def _double(steps: Steps, active: Numbers) -> None:
    """Let partners exchange what they have, so that each has twice as much; `_halve` backwards."""
    size = len(active)
    for distance, length, begin in reversed(list(_levels(size))):
        partner = np.arange(size, dtype=np.int32) ^ distance
        first = begin + np.where(np.arange(size) & distance, length, 0)
        steps.step(active, active[partner], first, first + length, adds=False)


def _levels(size: int) -> Iterable[tuple[int, int, Numbers]]:
    """Yield, for each halving, the partners' distance, the pieces of a half, and where each rank's whole begins."""
    place, begin = np.arange(size, dtype=np.int32), np.zeros(size, np.int32)
    distance, length = 1, size // 2
    while length:
        yield distance, length, begin
        begin = begin + np.where(place & distance, length, 0).astype(np.int32)
        distance, length = 2 * distance, length // 2

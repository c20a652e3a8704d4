"""Ring: chunks travel around a ring of ranks, first to be summed, then to be shared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective
from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.operation import Operation
from sim.collectives.operations.steps import Steps


def ring(ranks: int, nbytes: float, reduce_seconds_per_byte: float = 0.0) -> Operation:
    """Return the ring all-reduce (reduce-scatter, then all-gather).

    In each of ``2 (ranks - 1)`` steps every rank sends one chunk of ``nbytes / ranks`` to its right neighbour. It sends
    the next one when it has sent the one before and has received its left neighbour's. Alone on a network whose
    routes have latency a (s) and inverse bandwidth b (s/B), with c (s/B) to add a byte, it takes
    ``2 (ranks - 1) a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``, optimal in bandwidth [1]_.

    Parameters
    ----------
    ranks
        Number of ranks, >= 1; one rank leaves at once.
    nbytes
        Size of each rank's contribution (B), >= 0.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B), >= 0.

    Returns
    -------
    Operation
        ``2 ranks (ranks - 1)`` sends, numbered ``step * ranks + rank`` so that what runs at one time lies side by side,
        then each rank's exit, which waits for its last send and its last receive. Additions, where they take time,
        stand after the sends of their step.

    Raises
    ------
    FieldError
        If an argument is out of range.

    References
    ----------
    .. [1] P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009.
    """
    return Ring(reduce_seconds_per_byte).all_reduce(ranks, nbytes)


def reduce_scatter(steps: Steps, rings: Numbers, begin: Numbers, chunk: int) -> None:
    """Let the ranks of each ring sum, chunk by chunk: the i-th of a ring ends with its i-th chunk.

    Parameters
    ----------
    steps
        What the steps are written to.
    rings : [rings, size]
        The ranks of each ring, in its order.
    begin : [rings]
        First piece of what each ring sums.
    chunk
        Number of pieces in a chunk; a ring sums `size` of them.
    """
    size = rings.shape[1]
    _turn(steps, rings, begin, chunk, range(size - 1, 0, -1), adds=True)


def all_gather(steps: Steps, rings: Numbers, begin: Numbers, chunk: int) -> None:
    """Let the i-th rank of each ring share its i-th chunk with all others; parameters as of `reduce_scatter`."""
    size = rings.shape[1]
    _turn(steps, rings, begin, chunk, range(size, 1, -1), adds=False)


def _turn(steps: Steps, rings: Numbers, begin: Numbers, chunk: int, ahead: range, *, adds: bool) -> None:
    """Let every rank send to its right neighbour, in each step the chunk that is `ahead` of it on the ring."""
    size = rings.shape[1]
    place = np.arange(size, dtype=np.int32)
    source, target = rings.ravel(), np.roll(rings, -1, axis=1).ravel()
    for shift in ahead:
        first = (begin[:, np.newaxis] + (place + shift) % size * chunk).ravel()
        steps.step(source, target, first, first + chunk, adds=adds)


@dataclass
class Ring(Collective):
    """Bandwidth-optimal ring: 2 (n - 1) steps, each to the right neighbour.

    Least bytes, most steps.

    See `ring`; reduce-scatter and all-gather take ``(ranks - 1) a + (ranks - 1) / ranks nbytes b`` each, the former
    also ``(ranks - 1) / ranks nbytes c``.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduce-scatter, then all-gather."""
        steps, rings, begin = self._start(ranks, nbytes)
        reduce_scatter(steps, rings, begin, 1)
        all_gather(steps, rings, begin, 1)
        return steps.operation("all_reduce")

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Rank r gets the r-th part."""
        steps, rings, begin = self._start(ranks, nbytes)
        reduce_scatter(steps, rings, begin, 1)
        return steps.operation("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Rank r gives the r-th part."""
        steps, rings, begin = self._start(ranks, nbytes)
        all_gather(steps, rings, begin, 1)
        return steps.operation("all_gather")

    def _start(self, ranks: int, nbytes: float) -> tuple[Steps, Numbers, Numbers]:
        """One ring of all ranks, in their order."""
        steps = Steps(ranks, nbytes, pieces=ranks, reduce_seconds_per_byte=self.reduce_seconds_per_byte)
        return steps, np.arange(ranks, dtype=np.int32)[np.newaxis], np.zeros(1, np.int32)

"""Rings of ranks: what circles in them, and rings inside groups joined by rings between counterparts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.steps import Steps


def reduce_scatter(steps: Steps, rings: Numbers, begin: Numbers, cuts: Numbers) -> None:
    """Let the places of each ring sum, chunk by chunk: the i-th of a ring ends with its i-th chunk.

    Parameters
    ----------
    steps
        What the steps are written to.
    rings : [rings, size]
        The places of each ring, in its order.
    begin : [rings]
        First piece of what each ring sums.
    cuts : [size + 1]
        Where chunks begin and end, in pieces after `begin`.
    """
    size = rings.shape[1]
    _turn(steps, rings, begin, cuts, range(size - 1, 0, -1), adds=True)


def all_gather(steps: Steps, rings: Numbers, begin: Numbers, cuts: Numbers) -> None:
    """Let the i-th place of each ring share its i-th chunk with all others; parameters as of `reduce_scatter`."""
    size = rings.shape[1]
    _turn(steps, rings, begin, cuts, range(size, 1, -1), adds=False)


def _turn(steps: Steps, rings: Numbers, begin: Numbers, cuts: Numbers, ahead: range, *, adds: bool) -> None:
    """Let every place send to its right neighbour, in each step the chunk that is `ahead` of it on the ring."""
    size = rings.shape[1]
    place = np.arange(size, dtype=np.int32)
    source, target = rings.ravel(), np.roll(rings, -1, axis=1).ravel()
    even = size > 1 and np.ptp(np.diff(cuts)) == 0  # else a send has another size in each round
    count = len(ahead) if even else 1
    for shift in ahead[::count]:
        chunk = (place + shift) % size
        first, last = begin[:, np.newaxis] + cuts[chunk], begin[:, np.newaxis] + cuts[chunk + 1]
        steps.turns(
            source, target, first.ravel(), last.ravel(),
            adds=adds, count=count, onward=-int(cuts[1]), circle=int(cuts[-1]),
        )  # fmt: skip


class Counterparts:
    """The rings of one hierarchical operation, in chunks, each of which has a lane.

    Parameters
    ----------
    inside : int32[groups, size]
        The ranks of each group.
    nbytes
        Size of the vector (B).
    chunks
        Chunks that it is cut into, >= 1.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B).
    """

    def __init__(self, inside: Numbers, nbytes: float, chunks: int, reduce_seconds_per_byte: float) -> None:
        self._steps = Steps(inside.size, nbytes, inside.size * chunks, reduce_seconds_per_byte, lanes=chunks)
        self._inside, self._chunks = inside, chunks
        self._groups, self._size = inside.shape

    def operation(self, kind: Kind) -> Operation:
        """Write it: a rank begins with a chunk when it has been through the first phase of the one before."""
        sums: list[Callable[[int], None]] = [self._sum_inside, partial(self._between, turn=reduce_scatter)]
        shares: list[Callable[[int], None]] = [partial(self._between, turn=all_gather), self._share_inside]
        phases = {"all_reduce": sums + shares, "reduce_scatter": sums, "all_gather": shares}[kind]
        for chunk in range(self._chunks):
            for number, phase in enumerate(phases):
                phase(chunk * self._inside.size)
                if number == 0 and chunk < self._chunks - 1:
                    self._steps.follow(chunk)
        return self._made(kind)

    def _made(self, kind: Kind) -> Operation:
        return self._steps.operation(kind)

    def _sum_inside(self, first: int) -> None:
        """Let each group sum the chunk whose places and pieces begin at `first`: the i-th gets the i-th part."""
        reduce_scatter(self._steps, *self._in_a_group(first))

    def _share_inside(self, first: int) -> None:
        """Let the i-th of each group give the others the i-th part."""
        all_gather(self._steps, *self._in_a_group(first))

    def _between(self, first: int, turn: Callable[[Steps, Numbers, Numbers, Numbers], None]) -> None:
        turn(self._steps, *self._between_groups(first))

    def _in_a_group(self, first: int) -> tuple[Numbers, Numbers, Numbers]:
        """Rings, where each begins, and its cuts: of the whole of a chunk whose places and pieces begin at `first`."""
        cuts = self._groups * np.arange(self._size + 1, dtype=np.int32)
        return first + self._inside, np.full(self._groups, first, np.int32), cuts

    def _between_groups(self, first: int) -> tuple[Numbers, Numbers, Numbers]:
        """The same of the part of a chunk that each rank of a group has."""
        begin = first + self._groups * np.arange(self._size, dtype=np.int32)
        return first + np.ascontiguousarray(self._inside.T), begin, np.arange(self._groups + 1, dtype=np.int32)

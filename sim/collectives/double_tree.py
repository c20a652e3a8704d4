"""Double binary tree: two trees carry half the vector each, and the leaves of one are the inner ranks of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective
from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.forest import Forest
from sim.collectives.operations.operation import Operation
from sim.collectives.operations.size import check_chunks
from topologies.ranges import check


@dataclass
class DoubleTree(Collective):
    """Double binary tree (NCCL), in chunks: ring's bandwidth for long vectors in a logarithmic number of steps.

    Two trees, each for one half of the vector; no rank has children in both.

    Every rank receives and sends every byte once on the way up and once on the way down, so that both directions of its
    link are busy all the time, in a logarithmic number of steps [1]_, [2]_. The halves run side by side: a hop of a
    chunk has half a link and takes ``t = a + nbytes / C b``, with C chunks in each half, latency a (s) and inverse
    bandwidth b (s/B) of a route. Where the trees are complete, with ``2**k`` ranks (height h = k) or ``2**k - 1``
    (h = k - 1), an all-reduce takes ``h (t + u) + (C - 1) max(t, u) + (h + C - 1) t``, with ``u = nbytes / C c`` where
    adding takes c (s/B). Another even number of ranks has the height of the next ``2**k``, an odd one that of the next
    ``2**k - 1``, and takes at most as long: a rank without a sibling has a link for itself at times. A broadcast over
    an even number of ranks takes ``(h + C - 1) t``, over an odd number at most that with the height of the next
    ``2**k``.

    Parameters
    ----------
    chunks
        Chunks of each half of the vector that travel one after the other, 1 to 100 000. It is C. None is best for all
        vectors; with 32, an all-reduce of a long one takes ``1 + (h - 1) / 32`` times as long as the wire allows.

    References
    ----------
    .. [1] P. Sanders, J. Speck and J. L. Träff, "Two-tree algorithms for full bandwidth broadcast, reduction and scan",
       Parallel Computing 35, 2009.
    .. [2] S. Jeaugey, "Massively scale your deep learning training with NCCL 2.4", NVIDIA developer blog, 2019.
    """

    chunks: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        check("chunks", self.chunks, "give the chunks that travel one after the other", at_least=1, at_most=100_000)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Up both trees, then down both."""
        check_chunks(self.chunks, 4 * (ranks - 1))
        draft = Draft(ranks, nbytes, 2 * self.chunks)
        # Two full trees need an odd number of ranks; where it is even, rank 0 stands above both.
        trees = self._below_rank_0(ranks) if ranks % 2 == 0 else _twins(np.arange(ranks, dtype=np.int32), self.chunks)
        return trees.operation("all_reduce", draft, self.reduce_seconds_per_byte, ports=3)

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """From rank 0, above both trees."""
        check_chunks(self.chunks, 2 * (ranks - 1))
        draft = Draft(ranks, nbytes, 2 * self.chunks)
        return self._below_rank_0(ranks).operation("broadcast", draft, self.reduce_seconds_per_byte, ports=2)

    def _below_rank_0(self, ranks: int) -> Forest:
        """Rank 0, a root twice, above two trees of all others."""
        trees = _twins(np.arange(1, ranks, dtype=np.int32), self.chunks)
        parent = np.concatenate((trees.parent, np.full(2, -1, np.int32)))
        parent[np.flatnonzero(trees.parent < 0)] = len(trees.parent) + np.arange(min(len(trees.parent), 2))
        return Forest(
            rank=np.concatenate((trees.rank, np.zeros(2, np.int32))),
            parent=parent,
            begin=np.concatenate((trees.begin, np.array([0, self.chunks], np.int32))),
            chunks=self.chunks,
        )


def _twins(ranks: Numbers, chunks: int) -> Forest:
    """Two trees of the same shape over the same ranks, of which none has children in both.

    In order from left to right, leaves and inner places of a full tree alternate. So the second tree has the ranks
    shifted by one, or mirrored where their number is even.
    """
    size = len(ranks)
    parent = _in_order(size)
    return Forest(
        rank=np.concatenate((ranks, np.roll(ranks, 1) if size % 2 else ranks[::-1])),
        parent=np.concatenate((parent, np.where(parent < 0, -1, parent + size).astype(np.int32))),
        begin=np.repeat(np.array([0, chunks], np.int32), size),
        chunks=chunks,
    )


def _in_order(size: int) -> Numbers:
    """Parent of each place, numbered from left to right, of a tree as low as can be; -1 at the root.

    Every inner place has two children; where `size` is even, the last one lacks the right one.
    """
    parent = np.full(size + 1, -1, np.int32)
    open_: list[tuple[int, int, int]] = [(0, (size + 2) // 2, -1)] if size else []  # first place, leaves, parent
    while open_:
        first, leaves, above = open_.pop()
        left = (leaves + 1) // 2
        root = first + 2 * left - 1 if leaves > 1 else first
        parent[root] = above
        if leaves > 1:
            open_ += [(first, left, root), (root + 1, leaves - left, root)]
    return parent[:size]

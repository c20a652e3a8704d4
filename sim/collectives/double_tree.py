"""Double binary tree: two trees carry half the vector each, and the leaves of one are the inner ranks of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.forest import Forest
from sim.collectives.operations.form import Formed
from sim.collectives.operations.machines import RanksByMachine, apart, at
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Route, pipeline
from sim.collectives.operations.size import check_channels, check_chunks
from topologies.ranges import check


@dataclass
class DoubleTree(Formed):
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

    Where ranks share machines the trees are trees of machines, in each of which a chain of its ranks hangs below the
    one that belongs to the tree; with several channels, that is the i-th rank of the machine in channel i, so that each
    pair of trees has a network card of its own [2]_.

    Parameters
    ----------
    chunks
        Chunks of each half of the vector that travel one after the other, 1 to 100 000. It is C. None is best for all
        vectors; with 32, an all-reduce of a long one takes ``1 + (h - 1) / 32`` times as long as the wire allows.
    channels
        Pairs of trees side by side, each for its share of the vector, 1 to 128; None: as many as the network has rails.
        No more than the ranks of the largest machine, and 1 where there is one machine.

    References
    ----------
    .. [1] P. Sanders, J. Speck and J. L. Träff, "Two-tree algorithms for full bandwidth broadcast, reduction and scan",
       Parallel Computing 35, 2009.
    .. [2] S. Jeaugey, "Massively scale your deep learning training with NCCL 2.4", NVIDIA developer blog, 2019.
    """

    chunks: int = 32
    channels: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("chunks", self.chunks, "give the chunks that travel one after the other", at_least=1, at_most=100_000)
        check_channels(self.channels)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Up both trees, then down both."""
        trees, draft = self._begin(ranks, nbytes, 4 * (ranks - 1))
        # Two full trees need an odd number of places; where it is even, the first one stands above both.
        even = trees.size % 2 == 0
        forest = trees.forest(_below_the_first(trees.size) if even else _twins(np.arange(trees.size, dtype=np.int32)))
        ports = trees.channels * (3 + trees.shared)
        return forest.operation("all_reduce", draft, self.reduce_seconds_per_byte, ports=ports)

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """From rank 0, above both trees."""
        trees, draft = self._begin(ranks, nbytes, 2 * (ranks - 1))
        forest = trees.forest(_below_the_first(trees.size), rooted=True)
        ports = trees.channels * (2 + 2 * trees.shared)
        return forest.operation("broadcast", draft, self.reduce_seconds_per_byte, ports=ports)

    def seconds(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> float:
        """Of complete trees; of others only `most_seconds` is known."""
        complete = ranks & (ranks - 1) == 0 or ranks & (ranks + 1) == 0
        if ranks == 1 or kind != "all_reduce" or not complete or at(self.site, ranks).channels(self.channels) > 1:
            return super().seconds(kind, ranks, nbytes, route)
        return self.most_seconds(ranks, nbytes, route)

    def most_seconds(self, ranks: int, nbytes: float, route: Route) -> float:
        """How long an all-reduce takes alone on one switch at the most: as long as in the next complete trees (s)."""
        height = (ranks // 2 - 1).bit_length() + 1 if ranks % 2 == 0 else ((ranks + 1) // 2 - 1).bit_length()
        chunk = nbytes / (2 * self.chunks)
        addition = 2 * chunk * self.reduce_seconds_per_byte
        return pipeline("all_reduce", height, self.chunks, route.seconds(chunk, beside=2), addition)

    def _begin(self, ranks: int, nbytes: float, hops: int) -> tuple[_Trees, Draft]:
        trees = _Trees(at(self.site, ranks), self.channels, self.chunks)
        check_chunks(self.chunks, trees.channels * hops)
        return trees, Draft(ranks, nbytes, 2 * trees.channels * self.chunks)


class _Places(NamedTuple):
    """Two trees over machines: of each place the machine, the place above (-1 at a root), and the tree, 0 or 1."""

    machine: Numbers
    parent: Numbers
    tree: Numbers


class _Trees:
    """Pairs of trees, one for each channel, whose places are machines; or ranks, where there is but one machine."""

    def __init__(self, machines: RanksByMachine, channels: int | None, chunks: int) -> None:
        self.channels = machines.channels(channels)
        self.shared = machines.shared
        self._machines = machines if self.shared else apart(sum(map(len, machines.ranks)))
        self._chunks = chunks
        self.size = len(self._machines.ranks)

    def forest(self, pair: _Places, *, rooted: bool = False) -> Forest:
        """Put ranks in the places of a pair of trees, and chains below those that share a machine, in each channel."""
        rank, parent, begin = [], [], []
        first = 0
        for channel in range(self.channels):
            visited = self._machines.entered_at(channel, rooted=rooted)
            size = np.array([len(each) for each in visited], np.int32)[pair.machine]
            heads = first + np.cumsum(size) - size  # where each place's chain begins
            above = first - 1 + np.arange(size.sum())
            above[heads - first] = np.where(pair.parent < 0, -1, heads[pair.parent])
            rank += [visited[machine] for machine in pair.machine.tolist()]
            parent.append(above)
            begin.append(np.repeat((2 * channel + pair.tree) * self._chunks, size))
            first += len(above)
        columns = [np.concatenate(column).astype(np.int32) for column in (rank, parent, begin)]
        return Forest(rank=columns[0], parent=columns[1], begin=columns[2], chunks=self._chunks)


def _below_the_first(size: int) -> _Places:
    """The first machine, a root twice, above two trees of all others."""
    trees = _twins(np.arange(1, size, dtype=np.int32))
    parent = np.concatenate((trees.parent, np.full(2, -1, np.int32)))
    parent[np.flatnonzero(trees.parent < 0)] = len(trees.parent) + np.arange(min(len(trees.parent), 2))
    return _Places(
        machine=np.concatenate((trees.machine, np.zeros(2, np.int32))),
        parent=parent,
        tree=np.concatenate((trees.tree, np.array([0, 1], np.int32))),
    )


def _twins(machines: Numbers) -> _Places:
    """Two trees of the same shape over the same machines, of which none has children in both.

    In order from left to right, leaves and inner places of a full tree alternate. So the second tree has the machines
    shifted by one, or mirrored where their number is even.
    """
    size = len(machines)
    parent = _in_order(size)
    return _Places(
        machine=np.concatenate((machines, np.roll(machines, 1) if size % 2 else machines[::-1])),
        parent=np.concatenate((parent, np.where(parent < 0, -1, parent + size).astype(np.int32))),
        tree=np.repeat(np.array([0, 1], np.int32), size),
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

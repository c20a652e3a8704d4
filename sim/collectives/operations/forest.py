"""Pipelines along trees: the vector, cut into chunks, is summed up the trees and handed down them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.operation import Kind, Operation


@dataclass(frozen=True)
class Forest:
    """Trees of ranks, each of which carries its own share of the vector, chunk after chunk.

    A place in a tree sends a chunk on when it has it (and, on the way up, has added to it what all its children have
    sent) and has sent the chunk before. Chunks of several children arrive side by side, and leave to them side by side;
    a rank adds one at a time.

    Parameters
    ----------
    rank : int32[places]
        The rank that has each place. A rank may have a place in every tree.
    parent : int32[places]
        The place above; -1 at a root.
    begin : int32[places]
        First chunk of the share of the place's tree.
    chunks
        Chunks in each share.
    """

    rank: Numbers
    parent: Numbers
    begin: Numbers
    chunks: int

    def operation(self, kind: Kind, draft: Draft, reduce_seconds_per_byte: float, *, ports: int) -> Operation:
        """Write an all-reduce (up, then down) or a broadcast (down).

        A rank that is a root starts downwards when everything that it is the root of has been summed: up and down want
        the same links, so that one after the other they take no more time per byte than both at once.
        """
        ready = self._up(draft, reduce_seconds_per_byte) if kind == "all_reduce" else draft.entries()
        last = self._down(draft, ready)
        leave = np.concatenate((ready, last, last))
        ranks = (np.arange(draft.ranks), self.rank[self._below], self.rank[self._above])
        return draft.operation(kind, leave, np.concatenate(ranks), ports=ports)

    @property
    def _below(self) -> Numbers:
        """The places that have a parent."""
        return np.flatnonzero(self.parent >= 0).astype(np.int32)

    @property
    def _above(self) -> Numbers:
        """The parents of `_below`."""
        return self.parent[self._below]

    def _column(self, places: Numbers) -> Numbers:
        """For each place of the forest, where it stands in `places`; -1 where it does not."""
        column = np.full(len(self.rank), -1, np.int32)
        column[places] = np.arange(len(places))
        return column

    def _up(self, draft: Draft, reduce_seconds_per_byte: float) -> Numbers:
        """Sum to the roots; return, for each rank, when it may start downwards."""
        below, above = self._below, self._above
        with self._a_chunk_in_each_round(draft):
            up = draft.sends(self.rank[below], self.rank[above], self.begin[below], self.begin[below] + 1, adds=True)
            draft.order(draft.entries()[self.rank[below]], up)
            draft.order(up, up, again=True)
            summed, inner = self._add(draft, up, draft.piece * reduce_seconds_per_byte)
            onward = self.parent[inner] >= 0
            draft.order(summed[onward], up[self._column(below)[inner[onward]]])
        ready, roots = draft.entries(), np.unique(self.rank[self.parent < 0])
        ready[roots] = draft.delays(np.zeros(len(roots)))
        draft.order(draft.entries()[roots], ready[roots])
        draft.order(summed[~onward], ready[self.rank[inner[~onward]]])
        return ready

    def _add(self, draft: Draft, up: Numbers, seconds: float) -> tuple[Numbers, Numbers]:
        """Add what has come up, at `seconds` each; return the nodes to wait for, and the places that they are at.

        Where adding takes no time they are what has come up itself, and a place occurs once for each child.
        """
        if seconds == 0.0:
            return up, self._above
        inner, children = np.unique(self._above, return_counts=True)
        additions = draft.delays(children * seconds)
        draft.order(draft.entries()[self.rank[inner]], additions)
        draft.order(up, additions[self._column(inner)[self._above]])
        draft.chain(additions, self.rank[inner])
        return additions, inner

    def _down(self, draft: Draft, ready: Numbers) -> Numbers:
        """Hand down from the roots, when the ranks are ready; return the sends, int32[below]."""
        below, above = self._below, self._above
        with self._a_chunk_in_each_round(draft):
            down = draft.sends(self.rank[above], self.rank[below], self.begin[below], self.begin[below] + 1, adds=False)
            draft.order(ready[self.rank[above]], down)
            draft.order(down, down, again=True)
            inner = self.parent[above] >= 0
            draft.order(down[self._column(below)[above[inner]]], down[inner])
        return down

    def _a_chunk_in_each_round(self, draft: Draft) -> AbstractContextManager[None]:
        return draft.turns(self.chunks, onward=1, circle=self.chunks)

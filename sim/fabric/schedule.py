"""A schedule: a collective operation as a graph of sends and delays, in columns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.fabric.rounds import Rounds
from topologies.field_error import FieldError


@dataclass(eq=False)
class Schedule:
    """A directed acyclic graph of sends and delays between ranks, to be run by the fabric without Python.

    A node starts when all nodes it depends on are done and, for an entry, when it has been released from outside. It
    pays its delay, then (a send) its route's latency and its bytes. Sends of one schedule that have one source and
    target are ordered by their dependencies only: they are not part of the channel between the two hosts.

    A schedule is immutable, may be started many times, and is cheapest when one object is: the fabric keeps what it
    prepares for it.

    Parameters
    ----------
    source, target : int32[n]
        Rank that sends, rank that receives; both -1 for a delay node. What takes part without being a rank (see
        `through`) is numbered after the ranks.
    nbytes : float64[n]
        Size of the send (B), >= 0; ignored for a delay node.
    delay : float64[n]
        Paid before the send starts (s), >= 0.
    successors : int64[m]
        Nodes that depend on each node, row by row.
    offsets : int64[n + 1]
        Row of node ``i``: ``successors[offsets[i]:offsets[i + 1]]``.
    entry : int64[ranks]
        Node that each rank releases; a node that several ranks share waits for all of them.
    exit : int64[ranks]
        Node that each rank waits for.
    through
        Nodes of the network that take part, and are no hosts of ranks: switches that add up.
    rounds
        Nodes that are done more than once, in the order of their numbers; all others are done once.

    Raises
    ------
    FieldError
        If the columns do not fit together, a size or a delay is negative, or a node could never start.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    nbytes: NDArray[np.float64]
    delay: NDArray[np.float64]
    successors: NDArray[np.int64]
    offsets: NDArray[np.int64]
    entry: NDArray[np.int64]
    exit: NDArray[np.int64]
    through: tuple[Hashable, ...] = field(default=(), kw_only=True)
    rounds: tuple[Rounds, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        size, ranks = len(self.source), len(self.entry)
        for name, expected in (("target", size), ("nbytes", size), ("delay", size), ("offsets", size + 1)):
            if len(getattr(self, name)) != expected:
                raise FieldError(name, f"must have {expected} rows, got {len(getattr(self, name))}")
        if len(self.exit) != ranks:
            raise FieldError("exit", f"must have a node for each of {ranks} ranks, got {len(self.exit)}")
        for name in ("source", "target"):
            _check_range(name, getattr(self, name), -1, self.places)
        for name in ("successors", "entry", "exit"):
            _check_range(name, getattr(self, name), 0, size)
        if np.any((self.source < 0) != (self.target < 0)):
            raise FieldError("source", "a delay node has -1 as source and as target, a send has neither")
        for name in ("nbytes", "delay"):
            column = getattr(self, name)
            if not np.all((column >= 0) & np.isfinite(column)):
                raise FieldError(name, f"must be finite and >= 0, got {column.min()}; give B and s")
        rows = np.diff(self.offsets)
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.successors) or np.any(rows < 0):
            raise FieldError("offsets", f"must rise from 0 to the {len(self.successors)} successors")
        ends = [0, *(end for each in self.rounds for end in (each.first, each.last)), size]
        if ends != sorted(ends):
            raise FieldError("rounds", f"must be apart, in order, and of the {size} nodes, got ends at {ends[1:-1]}")
        _, after, again = self.within_rounds()
        waits = self.prerequisites() + np.bincount(after[~again], minlength=size)
        if not np.all(waits > 0):
            node = int(np.argmin(waits))
            raise FieldError("entry", f"node {node} waits for no node and for no rank; make it some rank's entry")

    @property
    def ranks(self) -> int:
        """Number of ranks that take part."""
        return len(self.entry)

    @property
    def places(self) -> int:
        """Number of all that sends or receives."""
        return len(self.entry) + len(self.through)

    def times(self) -> NDArray[np.int64]:
        """How often each node is done; int64[n]."""
        times = np.ones(len(self.source), np.int64)
        for each in self.rounds:
            times[each.first : each.last] = each.count
        return times

    def within_rounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """What nodes wait for in every round: `before`, `after` and `again` of all `rounds`, one after the other."""
        nothing = np.zeros(0, np.int64)
        before = np.concatenate([nothing, *(each.before for each in self.rounds)])
        after = np.concatenate([nothing, *(each.after for each in self.rounds)])
        return before, after, np.concatenate([nothing.astype(bool), *(each.again for each in self.rounds)])

    def prerequisites(self) -> NDArray[np.int64]:
        """What each node waits for before its first round: other nodes, and ranks that release it; int64[n].

        What it waits for in every round is not counted.
        """
        size = len(self.source)
        return np.bincount(self.successors, minlength=size) + np.bincount(self.entry, minlength=size)


def _check_range(name: str, column: NDArray[np.integer], low: int, high: int) -> None:
    if len(column) and not (low <= column.min() and column.max() < high):
        raise FieldError(name, f"must lie in {low} .. {high - 1}, got {column.min()} .. {column.max()}")

"""A schedule being written: nodes and edges in any order, made into columns at the end."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.size import check_ranks
from sim.collectives.operations.turns import Turns
from topologies.field_error import FieldError

#: Numbers of nodes, ranks or pieces; narrow, since the first touch of memory is most of the cost of a large schedule.
Numbers: TypeAlias = NDArray[np.int32]


class Repeated(NamedTuple):
    """Nodes ``first .. last - 1``, so many `times`; see `Turns`."""

    first: int
    last: int
    times: int
    onward: int
    circle: int


class Draft:
    """Sends of pieces of one vector, delays, and who waits for whom.

    Nodes are numbered in the order of writing; what runs at one time should be written together. The instant at which
    rank r enters has the number ``-1 - r`` (see `entries`) and may stand wherever a node that others wait for may.

    Parameters
    ----------
    ranks
        Number of ranks, >= 1.
    nbytes
        Size of the vector (B), >= 0.
    pieces
        Number of equal pieces that it is cut into, >= 1.

    Raises
    ------
    FieldError
        If `ranks` or `nbytes` is out of range.
    """

    def __init__(self, ranks: int, nbytes: float, pieces: int) -> None:
        if ranks < 1:
            raise FieldError("ranks", f"must be >= 1, got {ranks}; give the number of ranks that take part")
        if not 0 <= nbytes < math.inf:
            raise FieldError(
                "nbytes", f"must be finite and >= 0, got {nbytes}; give the size of each rank's vector in B"
            )
        self.ranks = ranks
        self.piece = nbytes / pieces  # B
        self._nbytes = nbytes
        self._pieces = pieces
        self._size = 0
        self._nodes: list[tuple[Numbers, Numbers, Numbers, Numbers, NDArray[np.float64], bool]] = []
        self._before: list[Numbers] = []
        self._after: list[Numbers] = []
        self._again: list[bool] = []
        self._repeated: list[Repeated] = []

    def entries(self) -> Numbers:
        """Numbers of the instants at which the ranks enter; int32[ranks]."""
        return -1 - np.arange(self.ranks, dtype=np.int32)

    def sends(self, source: ArrayLike, target: ArrayLike, begin: ArrayLike, end: ArrayLike, *, adds: bool) -> Numbers:
        """Write sends of the pieces ``begin .. end - 1`` from ranks to ranks; return their numbers.

        The arguments are broadcast against each other; the numbers have the common shape.
        """
        columns = (np.asarray(column, np.int32) for column in (source, target, begin, end))
        sources, targets, begins, ends = np.broadcast_arrays(*columns)
        return self._write(sources, targets, begins, ends, np.broadcast_to(0.0, sources.shape), adds)

    def delays(self, seconds: ArrayLike) -> Numbers:
        """Write delays (s); return their numbers, in the shape of `seconds`."""
        delay = np.asarray(seconds, np.float64)
        nobody, nothing = np.full(delay.shape, -1, np.int32), np.zeros(delay.shape, np.int32)
        return self._write(nobody, nobody, nothing, nothing, delay, False)

    def _write(
        self, source: Numbers, target: Numbers, begin: Numbers, end: Numbers, delay: NDArray[np.float64], adds: bool
    ) -> Numbers:
        check_ranks(self.ranks, self._size + delay.size)
        numbers = np.arange(self._size, self._size + delay.size, dtype=np.int32)
        self._size += delay.size
        self._nodes.append((source.ravel(), target.ravel(), begin.ravel(), end.ravel(), delay.ravel(), adds))
        return numbers.reshape(delay.shape)

    @contextmanager
    def turns(self, count: int, onward: int, circle: int) -> Iterator[None]:
        """Let the nodes that are written meanwhile be done `count` times; see `Turns`.

        What is ordered among them is so in every round.
        """
        first = self._size
        yield
        self._repeated.append(Repeated(first, self._size, count, onward, circle))

    def order(self, before: Numbers, after: Numbers, *, again: bool = False) -> None:
        """Let each node of `after` wait for its counterpart in `before`; the two are broadcast against each other.

        Where it is `again`, both are in the same turns, and the nodes wait for the round before.
        """
        before, after = np.broadcast_arrays(before, after)
        self._before.append(before.ravel())
        self._after.append(after.ravel())
        self._again.append(again)

    def chain(self, nodes: Numbers, lane: NDArray[np.integer]) -> None:
        """Let the nodes of each lane (>= 0), in the same turns, run one after the other, round after round."""
        along = np.argsort(lane, kind="stable")
        nodes, lane = nodes[along], lane[along]
        first, last = np.diff(lane, prepend=-1) != 0, np.diff(lane, append=-1) != 0
        self.order(nodes[~last], nodes[~first])
        self.order(nodes[last], nodes[first], again=True)
        self.order(nodes, nodes, again=True)

    def operation(
        self,
        kind: Kind,
        leave: Numbers,
        rank: NDArray[np.integer],
        *,
        ports: int,
        through: tuple[Hashable, ...] = (),
    ) -> Operation:
        """Make the columns.

        Parameters
        ----------
        kind
            What the operation achieves.
        leave, rank
            Nodes, or entries, and the ranks that wait for them before they leave; every rank occurs.
        ports
            Number of sends that a rank has under way, or coming in, at once, at the most.
        through
            See `sim.fabric.schedule.Schedule`.
        """
        exits = self.delays(np.zeros(self.ranks))
        self.order(leave, exits[rank])
        before, after = np.concatenate(self._before), np.concatenate(self._after)
        entry = self._open(before, after)
        rounds, once = self._turns(before, after)
        before, after = before[once], after[once]
        awaited = before[before >= 0]
        along = np.argsort(before, kind="stable")[len(before) - len(awaited) :]  # keeps the order of writing
        source, target, begin, end, delay = (
            np.concatenate(column) for column in zip(*(nodes[:-1] for nodes in self._nodes), strict=True)
        )
        return Operation(
            source=source,
            target=target,
            nbytes=(end - begin) * self.piece,
            delay=delay,
            successors=after[along].astype(np.int64),
            offsets=np.concatenate(([0], np.cumsum(np.bincount(awaited, minlength=self._size)))),
            entry=entry,
            exit=exits.astype(np.int64),
            kind=kind,
            vector=self._nbytes,
            pieces=self._pieces,
            begin=begin,
            end=end,
            adds=np.repeat([nodes[-1] for nodes in self._nodes], [len(nodes[0]) for nodes in self._nodes]),
            ports=ports,
            through=through,
            rounds=rounds,
        )

    def _turns(self, before: Numbers, after: Numbers) -> tuple[tuple[Turns, ...], NDArray[np.bool_]]:
        """Return the turns with what is ordered in them, and which orders are outside."""
        if not self._repeated:
            return (), np.ones(len(before), np.bool_)
        again = np.repeat(self._again, [len(each) for each in self._before])
        ends = np.array([(each.first, each.last) for each in self._repeated]).ravel()
        place = np.searchsorted(ends, before, side="right")  # odd between a first and its last
        within = (place % 2 == 1) & (place == np.searchsorted(ends, after, side="right"))
        along = np.flatnonzero(within)[np.argsort(place[within], kind="stable")]
        rows = np.split(along, np.searchsorted(place[along], np.arange(2, len(ends), 2)))
        turns = tuple(
            Turns(
                first=each.first, last=each.last, count=each.times, onward=each.onward, circle=each.circle,
                before=before[row].astype(np.int64), after=after[row].astype(np.int64), again=again[row],
            )
            for each, row in zip(self._repeated, rows, strict=True)
        )  # fmt: skip
        return turns, ~within

    def _open(self, before: Numbers, after: Numbers) -> NDArray[np.int64]:
        """Return each rank's entry: the one node that waits for it, or a new one, put in its place in `before`."""
        entered = np.flatnonzero(before < 0)
        rank = -1 - before[entered]
        entry = np.empty(self.ranks, np.int64)
        entry[rank] = after[entered]
        several = np.bincount(rank, minlength=self.ranks) > 1
        entry[several] = self.delays(np.zeros(np.count_nonzero(several)))
        before[entered] = np.where(several[rank], entry[rank], before[entered])
        return entry

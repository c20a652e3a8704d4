"""Ranks that do one step after the other: the single-port model of most collective algorithms, in one or more lanes."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.operation import Kind, Operation


class Steps:
    """An operation in steps, in each of which a rank sends to at most one other and receives from at most one.

    The single-port, full-duplex model in which the alpha-beta forms are written [1]_: a rank sends what it has received
    and added by then, has one send under way and takes one message in at a time; it has added what came in before it
    takes the next. A rank that is early waits for nothing but that; there is no barrier between steps.

    There may be several *lanes* side by side, in each of which a rank does its steps as if it were alone: the place of
    rank r in lane l has the number ``l * ranks + r``. The lanes of a rank share its time of adding evenly.

    Parameters
    ----------
    ranks, nbytes, pieces
        See `Draft`.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B).
    lanes
        Number of lanes, >= 1.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, section 3.
    """

    def __init__(self, ranks: int, nbytes: float, pieces: int, reduce_seconds_per_byte: float, lanes: int = 1) -> None:
        self._draft = Draft(ranks, nbytes, pieces)
        self._lanes = lanes
        self._seconds_per_byte = lanes * reduce_seconds_per_byte
        # What each place has done last, as a node or the instant at which its rank entered.
        self._sent, self._received, self._added = (np.tile(self._draft.entries(), lanes) for _ in range(3))

    def step(
        self,
        source: Numbers,
        target: Numbers,
        begin: Numbers | int,
        end: Numbers | int,
        *,
        adds: bool,
    ) -> None:
        """Let each place of `source` send the pieces ``begin .. end - 1`` to its counterpart in `target`."""
        ranks = self._draft.ranks
        sends = self._draft.sends(source % ranks, target % ranks, begin, end, adds=adds)
        self._wait(sends, source, target)
        self._sent[source] = sends
        self._received[target] = self._add(sends, target, begin, end) if adds else sends

    def turns(
        self,
        source: Numbers,
        target: Numbers,
        begin: Numbers,
        end: Numbers,
        *,
        adds: bool,
        count: int,
        onward: int,
        circle: int,
    ) -> None:
        """Let each place do the same step `count` times, with other pieces; see `Turns`.

        Every place of `source` is one of `target`, too.
        """
        with self._draft.turns(count, onward, circle):
            self.step(source, target, begin, end, adds=adds)
        self._wait(self._sent[source], source, target, again=True)
        if adds and self._seconds_per_byte > 0.0:
            self._draft.order(self._added[target], self._added[target], again=True)

    def _wait(self, sends: Numbers, source: Numbers, target: Numbers, *, again: bool = False) -> None:
        """Let sends wait for what their places have done last."""
        sent, received, busy = self._sent[source], self._received[source], self._received[target]
        self._draft.order(sent, sends, again=again)
        self._order(received, sends, where=received != sent, again=again)
        # The target's port has to be free, but nobody waits for a rank to enter.
        self._order(busy, sends, where=(busy >= 0) & (busy != sent) & (busy != received), again=again)

    def follow(self, lane: int) -> None:
        """Let every rank begin in the lane after `lane` when it has done there what has been written so far."""
        ranks = self._draft.ranks
        before = slice(lane * ranks, (lane + 1) * ranks)
        after = slice((lane + 1) * ranks, (lane + 2) * ranks)
        for done in (self._sent, self._received, self._added):
            done[after] = done[before]

    def _add(
        self,
        sends: Numbers,
        target: Numbers,
        begin: Numbers | int,
        end: Numbers | int,
    ) -> Numbers:
        """Write the additions of what has been sent; return what has to be waited for."""
        if self._seconds_per_byte == 0.0:
            return sends
        seconds = np.subtract(end, begin) * self._draft.piece * self._seconds_per_byte
        additions = self._draft.delays(np.broadcast_to(seconds, sends.shape))
        self._draft.order(sends, additions)
        self._draft.order(self._added[target], additions)
        self._added[target] = additions
        return additions

    def by_switch(
        self,
        places: Numbers,
        switches: Numbers,
        up: tuple[Numbers | int, ...],
        down: tuple[Numbers | int, ...],
        *,
        adds: bool,
    ) -> None:
        """Let the places of each row send to a switch, and get what it makes of that when it has all of it.

        Parameters
        ----------
        places : int32[rows, places]
            Who sends, and gets.
        switches : int32[rows]
            The number of the switch of each row, after the ranks.
        up, down
            Number of the first piece that each place sends, and that it gets, and of the one after the last.
        adds
            Whether the switch adds what is sent to it, which is each place's own and need not be waited for; else each
            sends something else, that it has been sent.
        """
        ranks, switch = self._draft.ranks, switches[:, np.newaxis]
        sends = self._draft.sends(places % ranks, switch, *up, adds=adds)
        sent, received = self._sent[places], self._received[places]
        self._draft.order(sent, sends)
        self._order(received, sends, where=(received != sent) & ~np.bool_(adds))
        whole = self._draft.delays(np.zeros(switch.shape))
        self._draft.order(sends, whole)
        gets = self._draft.sends(switch, places % ranks, *down, adds=False)
        self._draft.order(whole, gets)
        self._sent[places], self._received[places], self._added[places] = sends, gets, gets

    def _order(self, before: Numbers, after: Numbers, where: NDArray[np.bool_], *, again: bool = False) -> None:
        """Let nodes of `after` wait for their counterparts in `before`."""
        if where.all():
            self._draft.order(before, after, again=again)
        elif where.any():
            self._draft.order(before[where], after[where], again=again)

    def operation(self, kind: Kind, *, ports: int = 1, through: tuple[Hashable, ...] = ()) -> Operation:
        """Make the operation: a rank leaves when it has done its last step.

        Parameters
        ----------
        kind
            What it achieves.
        ports
            Number of sends that whatever takes part has coming in at once in a lane, at the most.
        through
            The switches that take part, in the order of their numbers.
        """
        ranks = np.tile(np.arange(self._draft.ranks), self._lanes)
        received = self._received != self._sent
        leave = np.concatenate((self._sent, self._received[received]))
        return self._draft.operation(
            kind, leave, np.concatenate((ranks, ranks[received])), ports=ports * self._lanes, through=through
        )

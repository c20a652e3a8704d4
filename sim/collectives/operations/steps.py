"""Ranks that do one step after the other: the single-port model of most collective algorithms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.operation import Kind, Operation


class Steps:
    """An operation in steps, in each of which a rank sends to at most one other and receives from at most one.

    The single-port, full-duplex model in which the alpha-beta forms are written [1]_: a rank sends what it has received
    and added by then, has one send under way and takes one message in at a time; it has added what came in before it
    takes the next. A rank that is early waits for nothing but that; there is no barrier between steps.

    Parameters
    ----------
    ranks, nbytes, pieces
        See `Draft`.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B).

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, section 3.
    """

    def __init__(self, ranks: int, nbytes: float, pieces: int, reduce_seconds_per_byte: float) -> None:
        self._draft = Draft(ranks, nbytes, pieces)
        self._reduce_seconds_per_byte = reduce_seconds_per_byte
        # What each rank has done last, as a node or the instant at which it entered.
        self._sent, self._received, self._added = (self._draft.entries() for _ in range(3))

    def step(
        self,
        source: Numbers,
        target: Numbers,
        begin: Numbers | int,
        end: Numbers | int,
        *,
        adds: bool,
    ) -> None:
        """Let each rank of `source` send the pieces ``begin .. end - 1`` to its counterpart in `target`."""
        sends = self._draft.sends(source, target, begin, end, adds=adds)
        sent, received, busy = self._sent[source], self._received[source], self._received[target]
        self._draft.order(sent, sends)
        self._order(received, sends, where=received != sent)
        # The target's port has to be free, but nobody waits for a rank to enter.
        self._order(busy, sends, where=(busy >= 0) & (busy != sent) & (busy != received))
        self._sent[source] = sends
        self._received[target] = self._add(sends, target, begin, end) if adds else sends

    def _add(
        self,
        sends: Numbers,
        target: Numbers,
        begin: Numbers | int,
        end: Numbers | int,
    ) -> Numbers:
        """Write the additions of what has been sent; return what has to be waited for."""
        if self._reduce_seconds_per_byte == 0.0:
            return sends
        seconds = np.subtract(end, begin) * self._draft.piece * self._reduce_seconds_per_byte
        additions = self._draft.delays(np.broadcast_to(seconds, sends.shape))
        self._draft.order(sends, additions)
        self._draft.order(self._added[target], additions)
        self._added[target] = additions
        return additions

    def _order(self, before: Numbers, after: Numbers, where: NDArray[np.bool_]) -> None:
        """Let nodes of `after` wait for their counterparts in `before`."""
        if where.all():
            self._draft.order(before, after)
        elif where.any():
            self._draft.order(before[where], after[where])

    def operation(self, kind: Kind) -> Operation:
        """Make the operation: a rank leaves when it has done its last step."""
        ranks = np.arange(self._draft.ranks)
        received = self._received != self._sent
        leave = np.concatenate((self._sent, self._received[received]))
        return self._draft.operation(kind, leave, np.concatenate((ranks, ranks[received])), ports=1)

"""A run that is kept, so that others that agree in its clock need none of their own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.cluster.outcome import Clock
    from sim.tape.reel import Reel

#: Memory of all recordings of a process (B).
MOST_BYTES = 2**28


class Moment(NamedTuple):
    """An evaluation without what was measured: see `sim.measuring.snapshot`, and rows and slots of the tape."""

    seconds: float
    updates: int
    samples: int
    applied: int
    together: int | None
    bytes_sent: float
    mean_staleness: float | None
    row: int
    model: int | None


class Recording(NamedTuple):
    """What a run has had computed, and what its clock has said.

    Attributes
    ----------
    reel
        What was computed.
    clock
        What the clock has said.
    moments
        When it was evaluated.
    zeros
        Row of the measures of the model of zeros.
    watched
        Number of evaluations, from the first on, that were looked at while the clock ran: where one of them has
        diverged, a run ends earlier.
    stopped
        Whether the clock was stopped because the evaluation before the last had diverged.
    terms
        What the executor must agree in (see `sim.cluster.rerun.terms`).
    """

    reel: Reel
    clock: Clock
    moments: Sequence[Moment]
    zeros: int
    watched: int
    stopped: bool
    terms: tuple[object, ...]

    @property
    def nbytes(self) -> int:
        """Memory of its large parts (B)."""
        spans = self.clock.spans
        return self.reel.nbytes + (sum(column.nbytes for column in spans) if spans is not None else 0)


class Recordings:
    """The recordings of this process, by what decides their clocks; those used longest ago make room for others.

    Of one clock there may be several: one that nothing has stopped, and some that were stopped at an evaluation.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int | None], Recording] = OrderedDict()

    def get(self, clockwork: str, stopped_at: int | None = None) -> Recording | None:
        """That of a clock which nothing has stopped, or which this evaluation has; None where there is none."""
        key = clockwork, stopped_at
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, clockwork: str, recording: Recording) -> None:
        """Keep one, and let others go until all together fit."""
        key = clockwork, recording.watched - 1 if recording.stopped else None
        self._kept[key] = recording
        self._kept.move_to_end(key)
        while sum(each.nbytes for each in self._kept.values()) > MOST_BYTES:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Keep none."""
        self._kept.clear()

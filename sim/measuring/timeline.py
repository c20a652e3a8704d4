"""What every worker does when: computing, communicating, waiting; or it is down."""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

#: What time is spent on; the numbers index `sim.results.rows.Spans.kinds`. APPLY is for servers: s is worker -1 - s.
#: DOWN is who has failed, RECOVER who reads or writes a checkpoint, or is given the model to go on from.
COMPUTE, SEND, WAIT, APPLY, DOWN, RECOVER = range(6)

#: What workers do, of these.
OF_WORKERS = (COMPUTE, SEND, WAIT, DOWN, RECOVER)


class SpanColumns(NamedTuple):
    """Who did what when, in columns of n spans."""

    worker: NDArray[np.int32]  # [n]
    kind: NDArray[np.int8]  # [n], one of those above
    start: NDArray[np.float64]  # [n], s
    end: NDArray[np.float64]  # [n], s


class Timeline:
    """Accounts for every worker's time, without a gap or an overlap.

    Parameters
    ----------
    environment
        The clock.
    workers
        How many workers there are; each begins by waiting.
    keep_spans
        Remember every span, not only the totals.
    """

    def __init__(self, environment: simpy.Environment, workers: int, *, keep_spans: bool) -> None:
        self._environment = environment
        self._kind = [WAIT] * workers
        self._since = [0.0] * workers
        self._under_way = [0] * workers
        self._totals = [0.0] * 6
        self._spans = (array("i"), array("b"), array("d"), array("d")) if keep_spans else None

    def switch(self, rank: int, kind: int) -> None:
        """Worker `rank` turns to something else now."""
        now, since = self._environment._now, self._since[rank]  # `now` would be a call, for every turn of every worker
        if now > since:
            if self._spans is None:  # an account, but not called
                self._totals[self._kind[rank]] += now - since
            else:
                self._account(rank, self._kind[rank], since, now)
            self._since[rank] = now
        self._kind[rank] = kind

    def depart(self, rank: int) -> None:
        """A message that worker `rank` is waiting for sets out: it communicates until all of them have arrived."""
        self._under_way[rank] += 1
        self.switch(rank, SEND)

    def depart_beside(self, rank: int) -> None:
        """A message to worker `rank` sets out; should the worker be computing, it goes on."""
        self._under_way[rank] += 1
        if self._kind[rank] == WAIT:
            self.switch(rank, SEND)

    def arrive(self, rank: int) -> None:
        """A message from or to worker `rank` has arrived: when none is under way, it only waits, unless it computes."""
        under_way = self._under_way[rank] = self._under_way[rank] - 1
        if under_way == 0 and self._kind[rank] == SEND:
            self.switch(rank, WAIT)

    def wait(self, rank: int) -> None:
        """Worker `rank` has nothing to compute: it communicates as long as a message of its own is under way."""
        self.switch(rank, SEND if self._under_way[rank] else WAIT)

    def add(self, worker: int, kind: int, start: float) -> None:
        """A span that ends now."""
        self._account(worker, kind, start, self._environment.now)

    def _account(self, worker: int, kind: int, start: float, end: float) -> None:
        self._totals[kind] += end - start
        if self._spans is not None:
            workers, kinds, starts, ends = self._spans
            workers.append(worker)
            kinds.append(kind)
            starts.append(start)
            ends.append(end)

    def close(self) -> None:
        """End every worker's last span now."""
        for rank, kind in enumerate(self._kind):
            self.switch(rank, kind)

    def states(self) -> list[str]:
        """What every worker does at present, and since when."""
        words = ("computes", "communicates", "waits", "applies", "is down", "recovers")
        return [f"{words[kind]} since {since:g} s" for kind, since in zip(self._kind, self._since, strict=True)]

    def fractions(self) -> tuple[float, float, float]:
        """Shares of the workers' time spent computing, communicating and waiting; the rest is lost to faults."""
        total = sum(self._totals[kind] for kind in OF_WORKERS)
        compute, send, wait = (part / total if total else 0.0 for part in self._totals[:APPLY])
        return compute, send, wait

    def seconds(self, kind: int) -> float:
        """How long all workers together have spent on something (s), up to their last turns."""
        return self._totals[kind]

    def spans(self) -> SpanColumns | None:
        """The spans in order of their ends; None where they were not kept."""
        if self._spans is None:
            return None
        worker, kind, start, end = self._spans
        return SpanColumns(np.array(worker, np.int32), np.array(kind, np.int8), np.array(start), np.array(end))

"""What a process notes while the job runs: when it has done what, and the models that are measured afterwards."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from sim.measuring.evaluation_points import EvaluationPoints
from sim.measuring.limits import Limits

if TYPE_CHECKING:
    import simpy

    from sim.lab.job.clock import WallClock
    from sim.tape.vector import Vector


class By(IntEnum):
    """By what a model was due to be kept: a count of its own, the clock, or a word of who counts for all."""

    count = 0
    clock = 1
    word = 2


class Kept(NamedTuple):
    """A model of this process, or its part of one, that is kept.

    Attributes
    ----------
    by
        By what it was due.
    number
        Which of those: how many updates or steps have made it, or the number of the word or of the clock's period.
    seconds
        Since when it is there (s).
    x
        The model: vectors are immutable, so that to keep one is to hold it.
    """

    by: By
    number: int
    seconds: float
    x: Vector


class Diary:
    """Stands where the simulator has its recorder, which knows all of a run: this knows one process.

    Of asynchronous workers with models of their own nobody knows by himself which step completes an update: their
    models are kept at a word. Else the count of the own updates says it, the same in every process.

    Parameters
    ----------
    clock
        The wall's.
    points, limits
        When the job is evaluated, and where it ends.
    samples
        What a step of the worker stands for in the job, or a gradient that the shard applies (samples).
    counting
        Whether models are due by this process' own count.
    told
        Is told how many updates there have been, at each.

    Attributes
    ----------
    began, computed_at
        When each gradient began and was complete (s).
    asked, busy
        How long the device model says that each takes, and how long the process computed for it (s).
    late
        How much later than the device model says each gradient was complete (s).
    updated
        When there was an update of this process' model (s).
    staleness, together
        Of a shard: that of each gradient applied (versions), and how many made each update.
    kept : list of Kept
        The models.
    averagings : int
        Averagings in pairs that were begun.
    over : bool
        The count has reached a limit of the job.
    latest
        Nobody asks for moments of gradients.
    """

    latest = None

    def __init__(
        self,
        clock: WallClock,
        points: EvaluationPoints,
        limits: Limits,
        *,
        samples: int,
        counting: bool,
        told: Callable[[int], object],
    ) -> None:
        self._clock = clock
        self._points = points
        self._limits = limits
        self._samples = samples
        self._counting = counting
        self._told = told
        self._x: Vector | None = None
        self._done = 0  # samples
        self.began, self.computed_at, self.asked, self.busy, self.late = (array("d") for _ in range(5))
        self.updated = array("d")
        self.staleness, self.together = array("q"), array("q")
        self.kept: list[Kept] = []
        self.averagings = 0
        self.over = False

    def begin(self, x: Vector | None) -> None:
        """The job begins with a model; None: this process has none that is measured."""
        self._x = x
        if x is not None:
            self.kept.append(Kept(By.count, 0, 0.0, x))
            self._keep_by_the_clock()

    def keep(self, number: int) -> None:
        """Keep the present model, at a word."""
        self._keep(By.word, number)

    # -- what the simulator's workers and shards tell

    def computed(self, event: simpy.Event) -> None:
        """A gradient is complete."""
        self.computed_at.append(self._clock.now)

    def stepped(self, rank: int, x: Vector) -> None:
        """The worker has taken a step."""
        self._x = x
        self._update(1)

    def moved(self, rank: int, x: Vector) -> None:
        """The worker has another model, without a step."""
        self._x = x

    def applied(self, shard: int, x: Vector, staleness: Sequence[int]) -> None:
        """The shard has made an update, of gradients of some staleness (versions)."""
        self._x = x
        self.staleness.extend(staleness)
        self.together.append(len(staleness))
        self._update(len(staleness))

    # -- what becomes of it

    def _update(self, gradients: int) -> None:
        self.updated.append(self._clock.now)
        count = len(self.updated)
        self._done += gradients * self._samples
        if self._counting and not self.over:
            self.over = self._limits.reached(count, self._done)
            if self._points.due(count, self._done) or self.over:
                self._keep(By.count, count)
        self._told(count)

    def _keep(self, by: By, number: int) -> None:
        if self._x is not None:
            self.kept.append(Kept(by, number, self._clock.now, self._x))

    def _keep_by_the_clock(self) -> None:
        """Keep a model at every period, and where the seconds are over."""
        period, seconds = self._points.period, self._limits.seconds
        if period is not None:
            self._clock.process(self._every(period))
        elif seconds is not None:
            self._clock.process(self._every(seconds))

    def _every(self, period: float) -> simpy.events.ProcessGenerator:
        number = 0
        while True:
            number += 1
            yield self._clock.timeout(max(0.0, number * period - self._clock.now))  # a slow machine is late
            self._keep(By.clock, number)

"""When a run reaches its target."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.tape.measures import TEST

if TYPE_CHECKING:
    from sim.tape.evaluation import Evaluation
    from sim.tape.tape import Tape
    from sim.tape.vector import Vector
    from sim.until import Until

#: Share of the time that a crossing may lie off where it is more than one update.
EXACT = 0.01
#: Models held between two evaluations: so many, but no more than these bytes unless these are few.
MOST, MOST_BYTES, LEAST = 128, 2**28, 4


def most_held(size: int) -> int:
    """How many models of `size` bytes each are held between two evaluations at the most."""
    return max(LEAST, min(MOST, MOST_BYTES // max(1, size)))


class Point(NamedTuple):
    """The model that is evaluated, as one update has left it."""

    seconds: float  # s
    updates: int
    x: Vector


class Crossing(NamedTuple):
    """The first model found at the target: when it was made, and how much earlier one below the target was."""

    seconds: float  # s
    updates: int
    uncertainty: float  # s


class Target:
    """Says when a run has reached its target, and finds the model with which it crossed that.

    Models are immutable, so that those between two evaluations can be held and measured later. When an evaluation is
    the first at the target, it is bisected which of the models held since the evaluation before it is at the target
    while the one before it is not. Neighbours among them are one update apart, or less than `EXACT` of the time. When
    too many are held, the last is measured: if it is below the target, those before it are let go.

    Parameters
    ----------
    until
        The targets, and over how many evaluations their running mean is taken.
    tape
        Where models are evaluated.

    Attributes
    ----------
    over : int
        Evaluations of a running mean, >= 1.
    first : Crossing or None
        The first crossing; None as long as there is none.
    smoothed : float or None
        Virtual time (s) of the first evaluation that ends as many as asked for whose mean is at the target.
    """

    def __init__(self, until: Until, tape: Tape) -> None:
        self.first: Crossing | None = None
        self.smoothed: float | None = None
        self.over = until.smoothed_over
        self._until = until
        self._tape = tape
        self._most = most_held(tape.vector_bytes)
        self._latest: deque[tuple[float, float]] = deque(maxlen=self.over)
        self._held: list[Point] = []
        self._last: Point | None = None  # of the latest update, not held yet
        self._below = 0.0  # s, of the latest model that is known to be below the target
        self._since = 0.0  # s, of the latest model that is held or known

    def updated(self, point: Point) -> bool:
        """Whether the run is over with an update; the model before it is held where this one is too far from others."""
        last, self._last = self._last, point
        if last is None or point.seconds - self._since <= EXACT * point.seconds:
            return False
        if len(self._held) < self._most:
            self._held.append(last)
        elif self._is_at(self._tape.evaluate(last.x)):
            self._find([*self._held, last])
            return self.over == 1
        else:
            self._held, self._below = [], last.seconds
        self._since = last.seconds
        return False

    def evaluated(self, seconds: float, updates: int, evaluation: Evaluation) -> bool:
        """Whether the run is over with this evaluation."""
        if self.first is None:
            last = () if self._last is None or (seconds, updates) == self._last[:2] else (self._last,)
            if self._is_at(evaluation):
                self._find([*self._held, *last], Crossing(seconds, updates, 0.0))
            self._held, self._last, self._below, self._since = [], None, seconds, seconds
        self._latest.append(tuple(evaluation.measures()[TEST : TEST + 2]))
        if self.first is None or len(self._latest) < self.over:
            return False
        loss, metric = np.mean(self._latest, axis=0)
        if self.smoothed is None and self._reached(loss, metric):
            self.smoothed = seconds
        return self.smoothed is not None

    def _is_at(self, evaluation: Evaluation) -> bool:
        loss, metric = evaluation.measures()[TEST : TEST + 2]
        return self._reached(loss, metric)

    def _reached(self, loss: float, metric: float) -> bool:
        accuracy, most = self._until.target_accuracy, self._until.target_loss
        return bool((accuracy is not None and metric >= accuracy) or (most is not None and loss <= most))

    def _find(self, points: list[Point], end: Crossing | None = None) -> None:
        """Find the crossing among some points in order of time; behind the last is the `end`, where they lack it."""
        low, high = -1, len(points) if end is not None else len(points) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._is_at(self._tape.evaluate(points[middle].x)):
                high = middle
            else:
                low = middle
        below = points[low].seconds if low >= 0 else self._below
        seconds, updates = points[high][:2] if high < len(points) or end is None else end[:2]
        self.first = Crossing(seconds, updates, seconds - below)
        self._held, self._last = [], None

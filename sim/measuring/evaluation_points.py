"""When a run is evaluated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.measuring.limits import Limits
    from sim.record import Record

#: Evaluations spread over a run that does not say how many it wants: the first, but the second where one measures more
#: than `MANY` samples and would cost more than the learning.
EVALUATIONS, EVALUATIONS_OF_MANY = 100, 20
MANY = 5_000

#: Share of a step by which a multiple may be missed and still counts as reached.
ROUNDING = 1e-9


class Every:
    """Says when a growing quantity passes the next multiple of a step.

    Parameters
    ----------
    step
        The step, > 0; infinite: never.

    Attributes
    ----------
    next : float
        The value from which on it has passed.
    """

    def __init__(self, step: float) -> None:
        self._step = step
        self.next = (1 - ROUNDING) * step

    def passed(self, value: float) -> bool:
        """Whether `value` has reached a multiple of the step that no earlier value had reached."""
        if value < self.next:
            return False
        self.next = (int(value / self._step + ROUNDING) + 1 - ROUNDING) * self._step
        return True


class EvaluationPoints:
    """The points at which a run is evaluated: as its user says, else spread evenly up to its limits.

    Parameters
    ----------
    record
        What the user asked for.
    limits
        How long the run may last.
    measured
        Number of samples that an evaluation measures.

    Attributes
    ----------
    period
        Virtual time from one evaluation to the next (s); None where only updates and samples count.
    """

    def __init__(self, record: Record, limits: Limits, measured: int) -> None:
        evaluations = EVALUATIONS if measured <= MANY else EVALUATIONS_OF_MANY
        self._updates = self._samples = Every(math.inf)
        self.period = record.every_seconds
        if record.every_updates is not None:
            self._updates = Every(record.every_updates)
        elif record.every_seconds is None:
            if limits.updates is not None:
                self._updates = Every(max(1.0, limits.updates / evaluations))
            if limits.samples is not None:
                self._samples = Every(max(1.0, limits.samples / evaluations))
            if limits.seconds is not None:
                self.period = limits.seconds / evaluations

    def due(self, updates: int, samples: int) -> bool:
        """Whether so many updates, or samples, have reached a point that no earlier ones had reached."""
        by_updates, by_samples = self._updates.passed(updates), self._samples.passed(samples)
        return by_updates or by_samples

    @property
    def next_updates(self) -> float:
        """The number of updates from which on one is due; infinite where they do not count."""
        return self._updates.next

    @property
    def next_samples(self) -> float:
        """The same of samples."""
        return self._samples.next

"""Cosine annealing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.lr_schedules.course import Course
from sim.lr_schedules.gradual import GradualSchedule
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Cosine(GradualSchedule):
    """Half a cosine from optimizer.lr down to a part of it, over the whole run unless told how long.

    From 1 to `final`, then `final` (Loshchilov and Hutter 2017, equation 5, without restarts).

    Parameters
    ----------
    length
        How long it takes (in that unit), > 0; None: the whole run, whichever limit ends it.
    final
        Factor of optimizer.lr at its end (0 to 1).
    """

    length: float | None = None
    final: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check("length", self.length, above=0.0)
        check("final", self.final, at_least=0.0, at_most=1.0)

    def asked(self, course: Course, updates: int, gradients: int) -> float:
        if self.length is None:
            share = course.share(updates, gradients)
        else:
            share = min(1.0, self.progress(course, updates, gradients) / self.length)
        return self.final + (1.0 - self.final) * (1.0 + math.cos(math.pi * share)) / 2.0

    @property
    def uses_unit(self) -> bool:
        return super().uses_unit or self.length is not None

    def check(self, course: Course) -> None:
        super().check(course)
        if self.length is None and course.limits.updates is None and course.limits.samples is None:
            raise FieldError(
                "length",
                "the run ends by its seconds, after a number of updates that is not known beforehand; give a "
                "length, or until.updates or until.epochs",
            )

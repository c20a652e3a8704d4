"""Schedules that may begin with a gradual warm-up."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from sim.lr_schedules import LRSchedule
from sim.lr_schedules.course import Course
from topologies.field_error import FieldError
from topologies.ranges import check


class Unit(StrEnum):
    """What the lengths of a schedule are counted in."""

    epochs = "epochs"
    updates = "updates"


@dataclass
class GradualSchedule(LRSchedule):
    """A schedule that may begin with a gradual warm-up (Goyal et al. 2017, section 2.2).

    Over `warmup` the factor grows linearly from `start` to what the schedule asks for after it.

    Parameters
    ----------
    unit
        What lengths are counted in: epochs or updates. Some problems have no epochs.
    warmup
        Length of the warm-up (in that unit), >= 0; 0: none.
    start
        Factor of optimizer.lr at the warm-up's first step (no unit), >= 0.
    """

    unit: Unit = Unit.epochs
    warmup: float = 0.0
    start: float = 0.1

    def __post_init__(self) -> None:
        check("warmup", self.warmup, at_least=0.0)
        check("start", self.start, at_least=0.0)

    @abstractmethod
    def asked(self, course: Course, updates: int, gradients: int) -> float:
        """The factor without the warm-up."""

    @property
    def uses_unit(self) -> bool:
        """Whether the schedule has a length to be counted."""
        return self.warmup > 0.0

    def progress(self, course: Course, updates: int, gradients: int) -> float:
        """How far a model is (`unit`)."""
        return updates if self.unit is Unit.updates else course.epochs(gradients)

    def factor(self, course: Course, updates: int, gradients: int) -> float:
        asked = self.asked(course, updates, gradients)
        if self.warmup > 0.0:
            warm = self.progress(course, updates, gradients) / self.warmup
            if warm < 1.0:
                return self.start + (asked - self.start) * warm
        return asked

    def check(self, course: Course) -> None:
        if self.uses_unit and self.unit is Unit.epochs and course.epoch is None:
            raise FieldError("unit", "the problem has no training set to count epochs of; use lr_schedule.unit=updates")

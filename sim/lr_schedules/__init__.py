"""How the learning rate changes over a run: factors of the optimizer's lr."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from sim.lr_schedules.course import Course
from topologies.ranges import check


class Unit(StrEnum):
    """What the lengths of a schedule are counted in."""

    epochs = "epochs"
    updates = "updates"


@dataclass
class LRSchedule(ABC):
    """The factor of the optimizer's lr at every step.

    A step sees what its own model has been through, which is no matter of the clock: at a server the updates and
    gradients that the shard has applied, on a worker with a model of its own its steps, each as good as a gradient of
    every worker.
    """

    @abstractmethod
    def factor(self, course: Course, updates: int, gradients: int) -> float:
        """The factor of the step after so many updates, made of so many gradients, in a run."""

    @property
    def is_constant(self) -> bool:
        """Whether the factor never changes."""
        return False

    def check(self, course: Course) -> None:  # noqa: B027  # a schedule that fits every run has nothing to refuse
        """Refuse a run that the schedule does not fit.

        Raises
        ------
        ValueError
            Which begins with the schedule's field.
        """


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
            raise ValueError("unit: the problem has no training set to count epochs of; use lr_schedule.unit=updates")

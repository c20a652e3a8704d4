"""The learning rate of a run's steps."""

from __future__ import annotations

from sim.lr_schedules import LRSchedule
from sim.lr_schedules.course import Course


class LearningRate:
    """The optimizer's lr times its schedule's factor, as a function of what a model has been through.

    It depends on the gradients that have been applied, not on the clock or on who else has done what: protocols that
    are the same algorithm take the same steps.

    Parameters
    ----------
    lr
        The optimizer's learning rate (no unit), > 0.
    schedule, course
        The schedule, and the run it is followed in; without them the learning rate never changes.

    Attributes
    ----------
    constant
        The learning rate where it never changes (no unit), else None.

    Raises
    ------
    FieldError
        Where the schedule does not fit the run.
    """

    def __init__(self, lr: float, schedule: LRSchedule | None = None, course: Course | None = None) -> None:
        self._lr = lr
        self._schedule = schedule
        self._course = course
        self.constant: float | None = lr
        if schedule is not None and course is not None:
            schedule.check(course)
            self.constant = lr * schedule.factor(course, 0, 0) if schedule.is_constant else None

    @property
    def workers(self) -> int:
        """Gradients of a step in which every worker takes part."""
        return 1 if self._course is None else self._course.workers

    def at(self, updates: int, gradients: int) -> float:
        """The learning rate of the step after so many updates, made of so many gradients."""
        if self._schedule is None or self._course is None:
            return self._lr
        return self._lr * self._schedule.factor(self._course, updates, gradients)

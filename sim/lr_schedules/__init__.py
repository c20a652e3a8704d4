"""How the learning rate changes over a run: factors of the optimizer's lr."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.lr_schedules.course import Course


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
        FieldError
            About the schedule's field to change.
        """

"""One learning rate from the first step to the last."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules import LRSchedule
from sim.lr_schedules.course import Course


@dataclass
class Constant(LRSchedule):
    """optimizer.lr from the first step to the last."""

    def factor(self, course: Course, updates: int, gradients: int) -> float:
        return 1.0

    @property
    def is_constant(self) -> bool:
        return True

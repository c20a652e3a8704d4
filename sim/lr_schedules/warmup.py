"""Gradual warm-up."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.course import Course
from sim.lr_schedules.gradual import GradualSchedule


@dataclass
class Warmup(GradualSchedule):
    """Gradual warm-up: linearly from a part of optimizer.lr to all of it.

    From `start` to 1 over `warmup`, then 1 (Goyal et al. 2017, section 2.2).
    """

    warmup: float = 5.0

    def asked(self, course: Course, updates: int, gradients: int) -> float:
        return 1.0

    @property
    def is_constant(self) -> bool:
        return self.warmup == 0.0

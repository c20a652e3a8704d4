"""The linear scaling rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.lr_schedules.course import Course
from sim.lr_schedules.step import Step
from topologies.ranges import check


@dataclass
class LinearScaling(Step):
    """optimizer.lr times workers * batch / reference_batch, with warm-up and milestones where asked.

    Goyal et al. 2017, section 2.1. A warm-up begins with lr itself, as theirs does, and milestones divide what it leads
    to.

    Parameters
    ----------
    start
        Factor of optimizer.lr at the warm-up's first step (no unit), >= 0; 1: lr of reference_batch.
    reference_batch
        Samples of an update for which optimizer.lr is right, >= 1; None: one worker's mini-batch.
    """

    start: float = 1.0
    milestones: list[float] = field(default_factory=list)
    reference_batch: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("reference_batch", self.reference_batch, at_least=1)

    def asked(self, course: Course, updates: int, gradients: int) -> float:
        return self.scale(course) * super().asked(course, updates, gradients)

    def scale(self, course: Course) -> float:
        """What the rule multiplies lr by."""
        return course.workers * course.batch / (self.reference_batch or course.batch)

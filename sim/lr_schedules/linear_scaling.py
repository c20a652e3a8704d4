"""The linear scaling rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.lr_schedules.course import Course
from sim.lr_schedules.step import Step
from topologies.ranges import check


@dataclass
class LinearScaling(Step):
    """workers * batch / reference_batch (Goyal et al. 2017, section 2.1): lr is right for the reference batch.

    A warm-up begins with lr itself, as theirs does, and milestones divide what it leads to.

    Parameters
    ----------
    start
        Factor at the first step of the warm-up, >= 0; 1 = the lr of the reference batch.
    milestones
        When the learning rate changes (`unit`), increasing, each > 0; none: it does not.
    reference_batch
        Samples of an update for which lr is right, >= 1; None = one worker's mini-batch, so that the factor is the
        number of workers.
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

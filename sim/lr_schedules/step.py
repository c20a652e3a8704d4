"""Steps down at milestones."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from sim.lr_schedules.course import Course
from sim.lr_schedules.gradual import GradualSchedule
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Step(GradualSchedule):
    """optimizer.lr times gamma at every milestone, with a warm-up where asked.

    As He et al. (2016, section 3.4) and Goyal et al. (2017, section 5.1) train.

    Parameters
    ----------
    milestones
        When the learning rate changes (in that unit), increasing, each > 0; []: never.
    gamma
        What it is multiplied by at each milestone (no unit), > 0.
    """

    milestones: list[float] = field(default_factory=lambda: [30.0, 60.0, 80.0])
    gamma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        for milestone in self.milestones:
            check("milestones", milestone, above=0.0)
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            raise FieldError("milestones", f"must increase, got {self.milestones}; give each once, in order")
        check("gamma", self.gamma, above=0.0)

    def asked(self, course: Course, updates: int, gradients: int) -> float:
        if not self.milestones:
            return 1.0
        passed = bisect_right(self.milestones, self.progress(course, updates, gradients))
        try:
            return self.gamma**passed
        except OverflowError:  # where a product would be infinite, Python's power raises
            return math.inf

    @property
    def uses_unit(self) -> bool:
        return super().uses_unit or bool(self.milestones)

    @property
    def is_constant(self) -> bool:
        return not self.uses_unit

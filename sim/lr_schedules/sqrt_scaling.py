"""The square-root scaling rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.lr_schedules.course import Course
from sim.lr_schedules.linear_scaling import LinearScaling


@dataclass
class SqrtScaling(LinearScaling):
    """optimizer.lr times sqrt(workers * batch / reference_batch): Rudra's rule for synchronous SGD.

    It is alpha0 sqrt(lambda mu / B) of Gupta, Zhang and Wang (2016), who take B = 128 on CIFAR10 and 256 on ImageNet.
    """

    reference_batch: int | None = 128

    def scale(self, course: Course) -> float:
        return math.sqrt(super().scale(course))

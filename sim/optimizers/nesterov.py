"""Nesterov momentum."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers.momentum import Momentum
from sim.optimizers.stepper import StatefulStepper, Stepper


@dataclass
class Nesterov(Momentum):
    """Nesterov momentum: v <- momentum v + g; x <- x - lr (g + momentum v).

    Sutskever et al. 2013, in PyTorch's form.
    """

    vectors = 1

    def begin(self, rate: LearningRate) -> Stepper:
        from kernels.steps import NESTEROV

        return StatefulStepper(rate, NESTEROV, self.vectors, lambda step: [self.momentum])

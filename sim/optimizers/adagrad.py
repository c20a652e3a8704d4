"""Adagrad."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers import Optimizer
from sim.optimizers.stepper import StatefulStepper, Stepper
from topologies.ranges import check


@dataclass
class Adagrad(Optimizer):
    """Adagrad: s <- s + g^2; x <- x - lr g / (sqrt(s) + epsilon).

    Duchi et al. 2011; per shard in Dean et al. 2012.

    Parameters
    ----------
    epsilon
        Keeps the division finite (no unit), > 0.
    """

    vectors = 1

    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        check("epsilon", self.epsilon, above=0.0)

    def begin(self, rate: LearningRate) -> Stepper:
        from kernels.steps import ADAGRAD

        return StatefulStepper(rate, ADAGRAD, self.vectors, lambda step: [self.epsilon])

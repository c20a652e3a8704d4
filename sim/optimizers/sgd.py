"""Plain SGD."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers import Optimizer
from sim.optimizers.stepper import Stepper
from sim.tape.steps import Form
from sim.tape.vector import Vector


class SGDStepper(Stepper):
    """Takes the steps of SGD, which has no state: a step is a linear combination."""

    form = Form()

    def advance(self, x: Vector, gradient: Vector, lr: float) -> Vector:
        return x.tape.add_scaled(x, -lr, gradient)  # x - lr * gradient, the shortest way


@dataclass
class SGD(Optimizer):
    """Plain SGD: x <- x - lr g.

    Robbins and Monro 1951.
    """

    def begin(self, rate: LearningRate) -> Stepper:
        return SGDStepper(rate)

"""Plain SGD."""

from __future__ import annotations

from dataclasses import dataclass

from sim.optimizers import Optimizer, Stepper
from sim.vector import Vector


class SGDStepper(Stepper):
    """Takes the steps of SGD, which has no state: a step is a linear combination."""

    def __init__(self, lr: float) -> None:
        super().__init__()
        self._lr = lr

    def advance(self, x: Vector, gradient: Vector) -> Vector:
        return x - self._lr * gradient


@dataclass
class SGD(Optimizer):
    """x <- x - lr g (Robbins and Monro 1951)."""

    def stepper(self) -> Stepper:
        return SGDStepper(self.lr)

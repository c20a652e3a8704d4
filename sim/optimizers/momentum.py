"""Heavy-ball momentum."""

from __future__ import annotations

from dataclasses import dataclass

from sim.optimizers import Optimizer, Stepper
from sim.vector import Vector
from topologies.ranges import check


class MomentumStepper(Stepper):
    def __init__(self, lr: float, momentum: float) -> None:
        super().__init__()
        self.lr = lr
        self.momentum = momentum
        self.velocity: Vector | None = None

    def advance(self, x: Vector, gradient: Vector) -> Vector:
        self.velocity = gradient if self.velocity is None else self.momentum * self.velocity + gradient
        return x - self.lr * self.velocity


@dataclass
class Momentum(Optimizer):
    """v <- momentum v + g; x <- x - lr v (Polyak 1964, in the form of Sutskever et al. 2013 with lr outside).

    Parameters
    ----------
    momentum
        Share of the velocity kept from one step to the next, in [0, 1].
    """

    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check("momentum", self.momentum, at_least=0.0, at_most=1.0)

    def stepper(self) -> Stepper:
        return MomentumStepper(self.lr, self.momentum)

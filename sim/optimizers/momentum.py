"""Heavy-ball momentum."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers import Optimizer
from sim.optimizers.stepper import StatefulStepper, Stepper
from topologies.ranges import check


@dataclass
class Momentum(Optimizer):
    """Heavy-ball momentum: v <- momentum v + g; x <- x - lr v.

    Polyak 1964; lr outside, as in Sutskever et al. 2013.

    Parameters
    ----------
    momentum
        Share of the velocity kept from one step to the next (0 to 1).
    """

    vectors = 1

    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check("momentum", self.momentum, at_least=0.0, at_most=1.0)

    def begin(self, rate: LearningRate) -> Stepper:
        from kernels.steps import MOMENTUM

        return StatefulStepper(rate, MOMENTUM, self.vectors, lambda step: [self.momentum])

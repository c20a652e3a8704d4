"""Nesterov momentum."""

from __future__ import annotations

from dataclasses import dataclass

from sim.optimizers import Optimizer, StatefulStepper, Stepper
from topologies.ranges import check


@dataclass
class Nesterov(Optimizer):
    """v <- momentum v + g; x <- x - lr (g + momentum v) (Sutskever et al. 2013, in PyTorch's form).

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
        from kernels.steps import NESTEROV

        return StatefulStepper(NESTEROV, 1, lambda step: [self.lr, self.momentum])

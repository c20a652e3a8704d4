"""Adam, and AdamW with weight decay."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lr_schedules.learning_rate import LearningRate
from sim.optimizers import Optimizer
from sim.optimizers.stepper import StatefulStepper, Stepper
from topologies.ranges import check, check_share


@dataclass
class Adam(Optimizer):
    """Adam, and with weight decay AdamW.

    Kingma and Ba 2015, Algorithm 1; with `weight_decay` Loshchilov and Hutter 2019, Algorithm 2.

    m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
    x <- (1 - lr weight_decay) x - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).

    Parameters
    ----------
    beta1
        Share of the first moment kept from one step to the next (0 to below 1).
    beta2
        Share of the second moment kept from one step to the next (0 to below 1).
    epsilon
        Keeps the division finite (no unit), > 0.
    weight_decay
        Decoupled weight decay per unit of lr (no unit), >= 0.
    """

    vectors = 2

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("beta1", self.beta1)
        check_share("beta2", self.beta2)
        check("epsilon", self.epsilon, above=0.0)
        check("weight_decay", self.weight_decay, at_least=0.0)

    def begin(self, rate: LearningRate) -> Stepper:
        from kernels.steps import ADAM

        return StatefulStepper(rate, ADAM, self.vectors, self._coefficients)

    def _coefficients(self, step: int) -> list[float]:
        corrections = [1.0 / (1.0 - self.beta1**step), 1.0 / (1.0 - self.beta2**step)]
        return [self.beta1, self.beta2, self.epsilon, *corrections, self.weight_decay]

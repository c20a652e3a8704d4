"""How a gradient changes the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sim.lr_schedules.learning_rate import LearningRate
from topologies.ranges import check

if TYPE_CHECKING:
    from sim.optimizers.stepper import Stepper


@dataclass
class Optimizer(ABC):
    """The rule and its coefficients.

    Attributes
    ----------
    vectors
        Number of vectors, each as long as the model, that it keeps from one step to the next.

    Parameters
    ----------
    lr
        Learning rate (no unit), > 0.
    """

    vectors: ClassVar[int] = 0

    lr: float = 0.05

    def __post_init__(self) -> None:
        check("lr", self.lr, above=0.0)

    def stepper(self, rate: LearningRate | None = None) -> Stepper:
        """A new optimizer state for one model, which takes steps of `rate`; by default always of `lr`."""
        return self.begin(rate or LearningRate(self.lr))

    @abstractmethod
    def begin(self, rate: LearningRate) -> Stepper:
        """A new optimizer state for one model."""

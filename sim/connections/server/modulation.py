"""How a parameter server takes the age of gradients into account."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Modulation(StrEnum):
    """Rudra's rules: a stale gradient is to move the model less.

    mean_staleness divides the learning rate by the mean staleness to be expected, lambda / c where an update is made of
    c of the lambda workers' gradients: alpha0 / n where n updates are made of lambda gradients (Gupta, Zhang and Wang
    2016, section 3.2).
    per_gradient divides each gradient by its own staleness (Zhang, Gupta, Lian and Liu 2016, equation 4).
    """

    none = "none"
    mean_staleness = "mean_staleness"
    per_gradient = "per_gradient"

    def factor(self, workers: int, gradients: int) -> float:
        """What the learning rate of an update of so many gradients is multiplied by."""
        return min(1.0, gradients / workers) if self is Modulation.mean_staleness else 1.0

    def weights(self, staleness: Sequence[int]) -> list[float] | None:
        """The weights of gradients that are so many versions old, to be added up; None: take their mean."""
        if self is not Modulation.per_gradient or max(staleness) <= 1:
            return None
        return [1.0 / (len(staleness) * max(1, versions)) for versions in staleness]

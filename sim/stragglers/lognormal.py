"""Log-normal stragglers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class Lognormal(StragglerLaw):
    """Log-normal compute times, mean 1: a right tail, as measured on shared clusters.

    Parameters
    ----------
    cv
        Coefficient of variation: standard deviation / mean (no unit), 0 to 100.
    """

    cv: float = 0.2

    def __post_init__(self) -> None:
        check("cv", self.cv, at_least=0.0, at_most=100.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        # E exp(m + s Z) = exp(m + s^2 / 2) = 1 and cv^2 = exp(s^2) - 1.
        variance = math.log1p(self.cv**2)
        return generator.lognormal(-variance / 2, math.sqrt(variance), count)

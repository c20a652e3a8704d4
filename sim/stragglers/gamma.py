"""Gamma stragglers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class Gamma(StragglerLaw):
    """Gamma compute times, mean 1: the sum of 1/cv^2 exponential phases.

    Parameters
    ----------
    cv
        Coefficient of variation: standard deviation / mean (no unit), 0 to 100; 1 is the exponential law. With 0 there
        are no stragglers.
    """

    cv: float = 0.5

    def __post_init__(self) -> None:
        check("cv", self.cv, at_least=0.0, at_most=100.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        variance = self.cv**2
        if variance == 0.0:
            return np.ones(count)
        # Shape k and scale c have mean k c = 1 and variance k c^2 = c.
        return variance * generator.standard_gamma(1.0 / variance, count)

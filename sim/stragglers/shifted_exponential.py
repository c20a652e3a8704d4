"""Stragglers above a floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class ShiftedExponential(StragglerLaw):
    """Exponential compute times above a floor that no gradient beats, mean 1.

    Dutta et al. 2018, section 3. The slowest of P takes shift + (1 - shift) H_P.

    Parameters
    ----------
    shift
        The floor as a share of the mean (0: exponential, 1: no stragglers).
    """

    shift: float = 0.5

    def __post_init__(self) -> None:
        check("shift", self.shift, "give the constant share of the mean compute time", at_least=0.0, at_most=1.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return self.shift + (1.0 - self.shift) * generator.standard_exponential(count)

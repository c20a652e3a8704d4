"""Memoryless stragglers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw


@dataclass
class Exponential(StragglerLaw):
    """Exponential compute times, mean 1: memoryless.

    The slowest of P takes H_P (Dutta et al. 2018, section 3).
    """

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return generator.standard_exponential(count)

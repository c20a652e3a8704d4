"""Heavy-tailed stragglers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class Pareto(StragglerLaw):
    """Pareto compute times, mean 1: a tail that falls as a power only.

    The share of gradients that take longer than t falls as t^-shape.

    Parameters
    ----------
    shape
        Exponent of the tail (no unit), > 1: the smaller, the heavier; up to 2 the variance is infinite.
    """

    shape: float = 2.5

    def __post_init__(self) -> None:
        check("shape", self.shape, "a tail of 1 or less has no mean", above=1.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        # The shortest time m has mean m shape / (shape - 1) = 1; NumPy draws x - 1 of the law with m = 1.
        return (1.0 - 1.0 / self.shape) * (1.0 + generator.pareto(self.shape, count))

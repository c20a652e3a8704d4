"""Two kinds of gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.ranges import check


@dataclass
class Bimodal(StragglerLaw):
    """Now and then a gradient takes several times as long, the others exactly their mean time (mean above 1).

    The base is 1, so that the mean is 1 + probability (factor - 1).

    Parameters
    ----------
    probability
        Share of the gradients that are slow (0 to 1); each is drawn by itself.
    factor
        How many times longer they take (ratio), > 0.
    """

    probability: float = 0.05
    factor: float = 4.0

    def __post_init__(self) -> None:
        check("probability", self.probability, at_least=0.0, at_most=1.0)
        check("factor", self.factor, above=0.0)

    def mean(self, rank: int) -> float:
        return 1.0 + self.probability * (self.factor - 1.0)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return np.where(generator.random(count) < self.probability, self.factor, 1.0)

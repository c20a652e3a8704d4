"""No stragglers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw


@dataclass
class NoStragglers(StragglerLaw):
    """No stragglers: every gradient takes exactly its mean time."""

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return np.ones(count)

"""Where in a step workers begin."""

from __future__ import annotations

from enum import StrEnum

import numpy as np


class Start(StrEnum):
    """Where in a step workers begin.

    Workers that take equally long stay in step if they begin together: asynchronous ones then push at one instant for
    ever, which no cluster does. Spread, each begins at a point of its own of the first mean step; the points are evenly
    spaced and dealt by lot, so that equally fast workers take turns. One worker alone begins at once.
    """

    together = "together"
    spread = "spread"

    def delays(self, workers: int, seconds: float, generator: np.random.Generator) -> list[float]:
        """How long every worker waits before it begins (s), by rank.

        Parameters
        ----------
        workers
            How many there are.
        seconds
            Mean compute time of a gradient (s).
        generator
            The stream of this choice; only where they are spread is drawn from it.
        """
        if self is Start.together:
            return [0.0] * workers
        return [seconds * place / workers for place in generator.permutation(workers).tolist()]

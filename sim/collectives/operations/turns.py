"""Turns: rounds of sends, and how what they carry moves on from round to round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fabric.rounds import Rounds


@dataclass(frozen=True, eq=False)
class Turns(Rounds):
    """Rounds in each of which a send carries other pieces of the vector, as many.

    Parameters
    ----------
    onward
        Number of pieces by which they lie after those of the round before; negative where they lie before.
    circle
        Number of pieces, >= 1, that are a circle, from a multiple of it to the next one: behind the last of them is the
        first.
    """

    onward: int
    circle: int

    def carried(self, pieces: NDArray[np.integer], after: NDArray[np.integer] | int) -> NDArray[np.integer]:
        """The first pieces that are carried so many rounds `after` the first, which carried `pieces`."""
        within = pieces % self.circle
        moved: NDArray[np.integer] = pieces - within + (within + after * self.onward) % self.circle
        return moved

"""Measures that are not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.tape.tape import Tape


class Evaluation:
    """Measures of a model, known when the tape has been played that far.

    Attributes
    ----------
    row
        Where they stand in the tape's table.
    """

    def __init__(self, tape: Tape, row: int) -> None:
        self._tape = tape
        self.row = row

    def measures(self) -> NDArray[np.float64]:
        """Every measure, in the columns of `kernels.tape.measures`, ``[MEASURES]``; waits for the executor.

        Training loss and metric, test loss and metric, consensus distance, alignment and variance of gradients,
        training loss and metric of the worker's model farthest away (-inf: not looked at), and the mean and the largest
        training loss of the workers' own models (nan: not measured).
        """
        return self._tape.measures(self.row)

"""Measures that are not known yet."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Measured(Protocol):
    """Whoever knows the measures."""

    def measures(self, row: int) -> NDArray[np.float64]:
        """Row `row` of the measures."""

    def watched(self, row: int) -> NDArray[np.float64]:
        """The same, asked of every run on a clock."""


class Evaluation:
    """Measures of a model, known when the tape has been played that far.

    Attributes
    ----------
    row
        Where they stand in the tape's table.
    """

    def __init__(self, tape: Measured, row: int) -> None:
        self._tape = tape
        self.row = row

    def measures(self) -> NDArray[np.float64]:
        """Every measure, in the columns of `kernels.tape.measures`, ``[MEASURES]``; waits for the executor.

        Training loss and metric, test loss and metric, consensus distance, alignment and variance of gradients,
        training loss and metric of the worker's model farthest away (-inf: not looked at), the mean and the largest
        training loss of the workers' own models, and the largest eigenvalue of the Hessian (nan: not measured).
        """
        return self._tape.measures(self.row)

    def watched(self) -> NDArray[np.float64]:
        """The same for who watches over every run on this clock alike (see `sim.measuring.divergence`).

        Who asks for `measures` while the clock runs may decide by them what happens next, so that no other run can
        follow this clock.
        """
        return self._tape.watched(self.row)

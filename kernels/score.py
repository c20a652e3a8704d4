"""What an evaluation measures: the mean loss, and the share of right answers or the root mean square error."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import boolean, float32, float64, int64, void

from kernels.jit import kernel
from kernels.matrix import Float32
from kernels.softmax import cross_entropy, hits
from kernels.squared import squared_error

Float64 = npt.NDArray[np.float64]


@kernel(void(float32[:, :], float32[:], boolean, float64[::1]))
def add_score(outputs: Float32, truth: Float32, regression: bool, measures: Float64) -> None:
    """Add the losses of some samples to their sum, and those of a classification that are right to their number.

    Parameters
    ----------
    outputs : float32 [rows, outputs]
        Logits, or predictions. Used up.
    truth : float32 [rows]
        Class numbers, or what the predictions should be.
    regression
        Whether the loss is half the squared error, else cross-entropy.
    measures : float64 [2]
        The sum and the number so far, from 0 and 0.
    """
    if regression:
        measures[0] += squared_error(outputs, truth) / 2
    else:
        measures[1] += hits(outputs, truth)
        measures[0] += cross_entropy(outputs, truth)


@kernel(void(int64, boolean, float64, float64[::1]))
def mean_score(samples: int, regression: bool, penalty: float, measures: Float64) -> None:
    """Turn the sums over all samples into what `evaluate` of a model gives.

    Parameters
    ----------
    samples
        How many there are, >= 1.
    regression
        As in `add_score`.
    penalty
        What regularisation adds to the loss (no unit).
    measures : float64 [2]
        From the sums, the mean loss plus the penalty, and the share of samples that are right; of a regression, the
        root of the mean of (prediction - target)^2.
    """
    loss, right = measures[0], measures[1]
    measures[0] = loss / samples + penalty
    measures[1] = math.sqrt(2 * loss / samples) if regression else right / samples

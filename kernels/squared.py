"""Squared error, the loss of regression: (prediction - target)^2 / 2 of each sample."""

from __future__ import annotations

from numba import float32, float64, void

from kernels.jit import kernel
from kernels.matrix import Float32


@kernel(void(float32[:, :], float32[:], float32))
def squared_gradient(predictions: Float32, targets: Float32, scale: float) -> None:
    """Replace predictions by the gradient of their loss, scale (prediction - target).

    Parameters
    ----------
    predictions : float32 [rows, 1]
        Rows at any distance.
    targets : float32 [rows]
        What they should be.
    scale
        Factor of the result: 1 / rows makes it the gradient of the mean loss.
    """
    for row in range(predictions.shape[0]):
        predictions[row, 0] = scale * (predictions[row, 0] - targets[row])


@kernel(float64(float32[:, :], float32[:]))
def squared_error(predictions: Float32, targets: Float32) -> float:
    """The sum over all rows of (prediction - target)^2 (arguments as in `squared_gradient`)."""
    total = 0.0
    for row in range(predictions.shape[0]):
        error = float64(predictions[row, 0]) - float64(targets[row])
        total += error * error
    return total

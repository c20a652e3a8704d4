"""How gradients at several points agree: with each other, and with the full gradient."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64, void
from numpy.typing import NDArray

from kernels.jit import kernel


@kernel([void(real[:, ::1], int64[::1], float64[::1]) for real in (float32, float64)])
def moments(store: NDArray[np.float32], operands: NDArray[np.int64], measures: NDArray[np.float64]) -> None:
    """How gradients scatter, and how their mean compares with the full one, in float64.

    Parameters
    ----------
    store
        Vectors, one per slot, ``[slots, padded d]``.
    operands
        Slots of the full gradient G, then of gradients g_1 ... g_n, n >= 1.
    measures
        Receives four numbers: (g_a . G) / |G|^2, where g_a is the mean of the g_j, by which the learning rate is
        multiplied in the effective one (Zhang et al. 2021, arXiv 2112.01433), nan where G is 0;
        (1/n) sum_j |g_j - g_a|^2; |G|^2; and n |g_a - G|^2, which is on average the variance of a single gradient where
        their noise is independent, wherever they were taken (McCandlish et al. 2018, arXiv 1812.06162, appendix A.1).
    """
    count = operands.shape[0] - 1
    product, square, variance, error = 0.0, 0.0, 0.0, 0.0
    for j in range(store.shape[1]):
        full = float64(store[operands[0], j])
        mean = 0.0
        for k in range(1, count + 1):
            mean += float64(store[operands[k], j])
        mean /= count
        for k in range(1, count + 1):
            variance += (float64(store[operands[k], j]) - mean) ** 2
        product += mean * full
        square += full * full
        error += (mean - full) ** 2
    measures[0] = product / square if square > 0.0 else math.nan
    measures[1] = variance / count
    measures[2] = square
    measures[3] = error * count

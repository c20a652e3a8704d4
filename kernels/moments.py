"""How gradients at several points agree: with each other, and with the full gradient."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64, void
from numpy.typing import NDArray

from kernels.jit import kernel


@kernel([void(real[:, ::1], int64[::1], float64[::1]) for real in (float32, float64)])
def moments(store: NDArray[np.float32], operands: NDArray[np.int64], measures: NDArray[np.float64]) -> None:
    """The alignment of the mean gradient with the full one, and the variance of gradients, in float64.

    Parameters
    ----------
    store
        Vectors, one per slot, ``[slots, padded d]``.
    operands
        Slots of the full gradient G, then of gradients g_1 ... g_n, n >= 1.
    measures
        Receives two numbers: (g_a . G) / |G|^2, where g_a is the mean of the g_j, which the learning rate is multiplied
        by in the effective one (Zhang et al. 2021, arXiv 2112.01433), nan where G is 0; and (1/n) sum_j |g_j - g_a|^2.
    """
    count = operands.shape[0] - 1
    product, square, variance = 0.0, 0.0, 0.0
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
    measures[0] = product / square if square > 0.0 else math.nan
    measures[1] = variance / count

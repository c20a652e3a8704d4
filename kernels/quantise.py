"""Stochastic rounding to a few levels (QSGD)."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.hashing import mix
from kernels.jit import kernel


@kernel([float64(real[::1], int64, int64) for real in (float32, float64)])
def _squares(p: NDArray[np.float32], low: int, high: int) -> float:
    """Sum of squares from low to high, in float64 and in this order."""
    total = 0.0
    for j in range(low, high):
        total += float64(p[j]) * float64(p[j])
    return total


@kernel([void(real[::1], real[::1], int64, int64, float64, int64, uint64) for real in (float32, float64)])
def _round(
    p: NDArray[np.float32],
    out: NDArray[np.float32],
    low: int,
    high: int,
    norm: float,
    levels: int,
    key: np.uint64,
) -> None:
    """Round the elements from low to high to multiples of norm / levels, up or down so that the mean is right."""
    if norm == 0.0:
        out[low:high] = 0
        return
    for j in range(low, high):
        level = levels * (abs(float64(p[j])) / norm)
        below = np.floor(level)
        uniform = 2.0**-53 * float64(mix(key, np.uint64(j)) >> np.uint64(11))
        if uniform < level - below:
            below += 1.0
        out[j] = math.copysign(norm * below / levels, p[j])


@kernel(
    [void(real[::1], real[::1], int64[::1], int64[::1], int64, int64, uint64) for real in (float32, float64)],
)
def quantise(
    p: NDArray[np.float32],
    out: NDArray[np.float32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    levels: int,
    bucket: int,
    key: np.uint64,
) -> None:
    """``|p|_2 sign(p_j) xi_j``, where xi_j is one of the two multiples of 1 / levels about ``|p_j| / |p|_2``.

    Which one is random, so that the expected value is p (Alistarh et al. 2017, section 3.1).

    Parameters
    ----------
    p, out
        The vector and what becomes of it ``[d]``; other elements than the following are left alone.
    low, high
        Which elements: from ``low[i]`` to ``high[i]`` for every i.
    levels
        Multiples other than zero, >= 1: the paper's s.
    bucket
        How many elements are rounded as a vector of their own, with its norm (section 3.3); a stretch from low to high
        begins with a new one. 0: all are one vector.
    key
        Names the choice; that of element j depends on (key, j) and nothing else.
    """
    if bucket == 0:
        total = 0.0
        for part in range(low.shape[0]):
            total += _squares(p, low[part], high[part])
        for part in range(low.shape[0]):
            _round(p, out, low[part], high[part], math.sqrt(total), levels, key)
        return
    for part in range(low.shape[0]):
        for begin in range(low[part], high[part], bucket):
            end = min(begin + bucket, high[part])
            _round(p, out, begin, end, math.sqrt(_squares(p, begin, end)), levels, key)

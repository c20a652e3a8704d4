"""Signs, of one size for all elements."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, void
from numpy.typing import NDArray

from kernels.jit import kernel


@kernel([void(real[::1], real[::1], int64[::1], int64[::1], float64, float64) for real in (float32, float64)])
def sign(
    p: NDArray[np.float32],
    out: NDArray[np.float32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    scale: float,
    zero: float,
) -> None:
    """`scale` times the sign of each element; NaN stays NaN, so that divergence stays visible.

    Parameters
    ----------
    p, out
        The vector and what becomes of it ``[d]``; other elements than the following are left alone.
    low, high
        Which elements: from ``low[i]`` to ``high[i]`` for every i.
    scale
        Factor of the sign.
    zero
        The sign of 0, one of the numbers -1, 0 and 1: one bit cannot say 0, a tally of votes can.
    """
    real = p.dtype.type
    size, of_zero = real(scale), real(scale * zero)
    for part in range(low.shape[0]):
        for j in range(low[part], high[part]):
            if p[j] > 0:
                out[j] = size
            elif p[j] < 0:
                out[j] = -size
            else:
                out[j] = of_zero if p[j] == 0 else p[j]


@kernel([float64(real[::1], int64[::1], int64[::1]) for real in (float32, float64)])
def mean_magnitude(p: NDArray[np.float32], low: NDArray[np.int64], high: NDArray[np.int64]) -> float:
    """``|p|_1 / d`` over the d elements from ``low[i]`` to ``high[i]``, in float64 and in this order; 0 if d is 0."""
    total, size = 0.0, 0
    for part in range(low.shape[0]):
        size += high[part] - low[part]
        for j in range(low[part], high[part]):
            total += abs(float64(p[j]))
    return total / max(size, 1)

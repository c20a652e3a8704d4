"""k elements chosen at random."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.jit import kernel
from kernels.sampling import shuffled


@kernel([void(real[::1], real[::1], int64[::1], int64[::1], int64, float64, uint64) for real in (float32, float64)])
def random_k(
    p: NDArray[np.float32],
    out: NDArray[np.float32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    k: int,
    scale: float,
    key: np.uint64,
) -> None:
    """Keep `k` different elements, each set of them as likely as any other, and make the others zero.

    Parameters
    ----------
    p, out
        The vector and what becomes of it ``[d]``; other elements than the following are left alone.
    low, high
        Which elements: from ``low[i]`` to ``high[i]`` for every i, at least k in all.
    k
        How many are kept, >= 0.
    scale
        Factor of those that are kept.
    key
        Names the choice.
    """
    factor = p.dtype.type(scale)
    size = 0
    for part in range(low.shape[0]):
        size += high[part] - low[part]
        out[low[part] : high[part]] = 0
    for i in range(k):
        j, part = shuffled(i, size, key), 0
        while j >= high[part] - low[part]:
            j -= high[part] - low[part]
            part += 1
        out[low[part] + j] = factor * p[low[part] + j]

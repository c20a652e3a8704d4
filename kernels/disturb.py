"""A point beside another: isotropic Gaussian noise on every parameter."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.hashing import mix
from kernels.jit import kernel
from kernels.normal import normals


@kernel([void(real[::1], real[::1], int64, float64, uint64) for real in (float32, float64)])
def disturb(x: NDArray[np.float32], out: NDArray[np.float32], size: int, deviation: float, key: np.uint64) -> None:
    """``out = x + deviation * N(0, I)``.

    Parameters
    ----------
    x, out
        The vector and what becomes of it ``[padded d]``.
    size
        How many of its elements are parameters, d; the others are copied.
    deviation
        Standard deviation of the noise (in the unit of the parameters), >= 0.
    key
        Names the noise: that of parameter i depends on (key, i) and nothing else.
    """
    stream = mix(key, np.uint64(0))  # neighbouring keys would otherwise share a shifted sequence
    out[:] = x
    for i in range(0, size, 2):
        even, odd = normals(stream, np.uint64(i // 2))
        out[i] += deviation * even
        if i + 1 < size:
            out[i + 1] += deviation * odd

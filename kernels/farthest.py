"""Which of some parameter rows is far away."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64
from numpy.typing import NDArray

from kernels.jit import kernel


@kernel([float64(real[:, ::1], int64) for real in (float32, float64)])
def length(store: NDArray[np.float32], row: int) -> float:
    """Length |x| of a row, in float64."""
    total = 0.0
    for j in range(store.shape[1]):
        total += float64(store[row, j]) ** 2
    return math.sqrt(total)


@kernel([int64(real[:, ::1], int64, int64[::1]) for real in (float32, float64)])
def farthest(store: NDArray[np.float32], centre: int, operands: NDArray[np.int64]) -> int:
    """The operand whose row is farthest from the row `centre`; one that is not a number is farther than all others."""
    found, most = operands[0], -1.0
    for k in range(operands.shape[0]):
        total = 0.0
        for j in range(store.shape[1]):
            total += (float64(store[operands[k], j]) - float64(store[centre, j])) ** 2
        if math.isnan(total):
            return int(operands[k])
        if total > most:
            found, most = operands[k], total
    return int(found)

"""Linear combinations of parameter rows, and their spread about the mean."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64, void
from numpy.typing import NDArray

from kernels.jit import kernel

#: Elements worked on at a time, so that the result stays in the first-level cache while the operands stream by.
BLOCK = 2048


@kernel([void(real[:, ::1], int64, int64[::1], float64[::1], int64, int64) for real in (float32, float64)])
def combine(
    store: NDArray[np.float32],
    target: int,
    operands: NDArray[np.int64],
    coefficients: NDArray[np.float64],
    low: int,
    high: int,
) -> None:
    """Store a linear combination: ``store[target] = sum_k coefficients[k] * store[operands[k]]`` from low to high.

    Terms are added in the order given, in the store's precision.

    The target may be one of the operands only if it is the first.
    """
    # Slices from 0 on: a loop that could meet a negative index is not vectorised.
    real = store.dtype.type
    out = store[target, low:high]
    first = store[operands[0], low:high]
    scale = real(coefficients[0])
    if operands.shape[0] == 2:
        second = store[operands[1], low:high]
        other = real(coefficients[1])
        for j in range(out.shape[0]):
            out[j] = scale * first[j] + other * second[j]
        return
    for begin in range(0, out.shape[0], BLOCK):
        block, start = out[begin : begin + BLOCK], first[begin : begin + BLOCK]
        for j in range(block.shape[0]):
            block[j] = scale * start[j]
        for k in range(1, operands.shape[0]):
            row = store[operands[k], low:high][begin : begin + BLOCK]
            factor = real(coefficients[k])
            for j in range(block.shape[0]):
                block[j] += factor * row[j]


@kernel([float64(real[:, ::1], int64[::1]) for real in (float32, float64)])
def spread(store: NDArray[np.float32], operands: NDArray[np.int64]) -> float:
    """Consensus distance: root of the mean over operands of |x_k - mean x|^2, in float64 (Kong et al. 2021)."""
    count = operands.shape[0]
    total = 0.0
    for j in range(store.shape[1]):
        mean = 0.0
        for k in range(count):
            mean += float64(store[operands[k], j])
        mean /= count
        for k in range(count):
            total += (float64(store[operands[k], j]) - mean) ** 2
    return math.sqrt(total / count)

"""L2 regularisation: the penalty l / 2 |x|^2 and its gradient."""

from __future__ import annotations

from numba import float32, float64, int64, void

from kernels.jit import kernel
from kernels.matrix import Float32


@kernel(void(float32[::1], int64, float64, float32[::1]))
def add_decay(x: Float32, size: int, coefficient: float, gradient: Float32) -> None:
    """Add l x to the first `size` elements of a gradient; nothing if l is 0."""
    decay = float32(coefficient)
    if decay != 0:
        for i in range(size):
            gradient[i] += decay * x[i]


@kernel(float64(float32[::1], int64, float64))
def penalty(x: Float32, size: int, coefficient: float) -> float:
    """l / 2 |x|^2 over the first `size` elements; 0 if l is 0, even of a diverged x."""
    total = 0.0
    if coefficient != 0:
        for i in range(size):
            total += float64(x[i]) * float64(x[i])
    return coefficient / 2 * total

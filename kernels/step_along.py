"""A step along a gradient that nobody else needs, in its place."""

from __future__ import annotations

from typing import Any

from numba import float32, float64, void
from numpy.typing import NDArray

from kernels.jit import kernel


@kernel([void(real[::1], float64, real[::1]) for real in (float32, float64)])
def step_along(x: NDArray[Any], coefficient: float, gradient: NDArray[Any]) -> None:
    """Replace a gradient by ``x + coefficient * gradient``, with the bits that `kernels.combine` gives this sum.

    Right behind the gradient's computation, it reads from the cache what that has written.

    Parameters
    ----------
    x : float32 or float64 [d]
        Where the step begins.
    coefficient
        Minus the learning rate (no unit).
    gradient : float32 or float64 [d]
        The gradient, then the end of the step.
    """
    factor = gradient.dtype.type(coefficient)
    for j in range(gradient.shape[0]):
        gradient[j] = x[j] + factor * gradient[j]

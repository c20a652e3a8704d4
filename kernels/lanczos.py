"""The largest eigenvalue of a Hessian, by Lanczos (1950): the power iteration, with all that it has seen on its way.

In the space of v, H v, ..., H^k v the Hessian is tridiagonal, and the largest eigenvalue of that matrix, which is never
more than the Hessian's and grows with k, is the best that k + 1 products can tell. |H^k v| / |H^(k-1) v|, which a power
iteration ends with, takes several times as many, and knows only the largest in magnitude. What rounding brings back of
directions that are known adds copies of known eigenvalues (Paige, Linear Algebra and its Applications 34, 1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import boolean, float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.hashing import mix
from kernels.inlined import inlined
from kernels.jit import kernel
from kernels.lbfgs import dot

#: Products of the Hessian with a vector, at the most.
PRODUCTS = 100
#: No more are taken when the eigenvalue has grown by less than this share of itself, so often in a row.
GROWTH, STEADY = 1e-5, 3
#: How often an interval that has an eigenvalue is halved.
HALVINGS = 60

Float64 = NDArray[np.float64]

_REALS: Any = (float32, float64)


@kernel(boolean(float64[::1], float64[::1], float64))
def _is_below(diagonal: Float64, beside: Float64, bound: float) -> bool:
    """Whether all eigenvalues of a tridiagonal matrix are below a bound: T - bound I = L D L' with D < 0."""
    pivot = diagonal[0] - bound
    for k in range(1, diagonal.shape[0]):
        if pivot >= 0.0:
            return False
        pivot = diagonal[k] - bound - beside[k - 1] ** 2 / pivot
    return bool(pivot < 0.0)


@kernel(float64(float64[::1], float64[::1]))
def largest_of(diagonal: Float64, beside: Float64) -> float:
    """The largest eigenvalue of a symmetric tridiagonal matrix ``[k]``, with the ``[k - 1]`` beside its diagonal."""
    low = high = diagonal[0]
    for k in range(diagonal.shape[0]):
        left = beside[k - 1] if k > 0 else 0.0
        right = beside[k] if k < beside.shape[0] else 0.0
        low, high = max(low, diagonal[k]), max(high, diagonal[k] + left + right)
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2.0
        if _is_below(diagonal, beside, middle):
            high = middle
        else:
            low = middle
    return float(low)


@kernel([void(uint64, int64, real[::1]) for real in _REALS])
def _begin(key: np.uint64, size: int, v: NDArray[Any]) -> None:
    """Store a vector of length 1, in a direction that the key names, with zeros behind `size` numbers."""
    v[:] = 0.0
    for j in range(size):
        v[j] = 2.0**-52 * float64(mix(key, np.uint64(j)) >> np.uint64(11)) - 1.0
    length = math.sqrt(dot(v, v))
    for j in range(size):
        v[j] /= length


@kernel([void(real[::1], float64, real[::1], float64, real[::1]) for real in _REALS])
def _remove(image: NDArray[Any], along: float, v: NDArray[Any], before: float, last: NDArray[Any]) -> None:
    """Take from a vector what it has of the two directions before."""
    for j in range(image.shape[0]):
        image[j] = float64(image[j]) - along * v[j] - before * last[j]


@inlined  # so that the product is called by its name: code with a function's address in it cannot be kept
def largest_eigenvalue(
    product: Callable[..., None],
    gradient: Callable[..., None],
    key: np.uint64,
    size: int,
    x: NDArray[Any],
    v: NDArray[Any],
    last: NDArray[Any],
    image: NDArray[Any],
    point: NDArray[Any],
    behind: NDArray[Any],
    diagonal: Float64,
    beside: Float64,
    inputs: NDArray[Any],
    targets: NDArray[Any],
    layout: NDArray[np.int64],
    settings: NDArray[np.float64],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
) -> float:
    """The eigenvalue; nan where a product is not finite.

    Parameters
    ----------
    product, gradient
        Kernels of the contract in `kernels.contract`.
    key, size
        Name the direction that is begun with; number of parameters.
    x
        Where the Hessian is taken, ``[padded d]``.
    v, last, image, point, behind
        Work space, ``[padded d]`` each.
    diagonal, beside
        Work space, ``[PRODUCTS]`` each.
    inputs, targets, layout, settings, index, scratch
        As in `kernels.full_gradient`.
    """
    value, length, steady = -math.inf, 0.0, 0
    _begin(key, size, v)
    last[:] = 0.0
    for k in range(diagonal.shape[0]):
        product(gradient, x, v, image, point, behind, inputs, targets, layout, settings, index, scratch)
        diagonal[k] = dot(v, image)
        _remove(image, diagonal[k], v, length, last)
        beside[k] = length = math.sqrt(dot(image, image))
        if not math.isfinite(length):
            return math.nan
        found = largest_of(diagonal[: k + 1], beside[:k])
        steady = steady + 1 if found - value <= GROWTH * abs(found) else 0
        value = found
        if steady == STEADY or length == 0.0:
            break
        for j in range(size):  # behind them there are zeros
            last[j], v[j] = v[j], image[j] / length
    return value

"""A step of L-BFGS: the two-loop recursion over a history of pairs, which is kept in the store.

s_i = x_{i+1} - x_i and y_i = g_{i+1} - g_i are a pair (Nocedal and Wright, "Numerical Optimization", 2nd edition,
Algorithms 7.4 and 7.5). Sums over parameters are in float64, all else is in the precision of the store.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import float32, float64, int64, types, void
from numpy.typing import NDArray

from kernels.jit import kernel

#: Operands before the pairs: the model, its gradient, and both of the step before.
POINTS = 4
#: A product of vectors below the smallest normal number has lost its digits and counts as 0.
NOTHING = 2.0**-1022

_REALS: Any = (float32, float64)


@kernel([float64(real[::1], real[::1]) for real in _REALS])
def dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Sum of the products, in float64: eight sums at a time, so that an addition need not wait for the one before."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = a.shape[0] // 8 * 8
    for j in range(0, whole, 8):
        s0 += float64(a[j]) * float64(b[j])
        s1 += float64(a[j + 1]) * float64(b[j + 1])
        s2 += float64(a[j + 2]) * float64(b[j + 2])
        s3 += float64(a[j + 3]) * float64(b[j + 3])
        s4 += float64(a[j + 4]) * float64(b[j + 4])
        s5 += float64(a[j + 5]) * float64(b[j + 5])
        s6 += float64(a[j + 6]) * float64(b[j + 6])
        s7 += float64(a[j + 7]) * float64(b[j + 7])
    for j in range(whole, a.shape[0]):
        s0 += float64(a[j]) * float64(b[j])
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@kernel([float64(real[::1]) for real in _REALS])
def _norm1(a: NDArray[np.float32]) -> float:
    total = 0.0
    for j in range(a.shape[0]):
        total += math.fabs(a[j])
    return total


@kernel([void(real[::1], float64, real[::1]) for real in _REALS])
def _add(target: NDArray[np.float32], coefficient: float, other: NDArray[np.float32]) -> None:
    factor = target.dtype.type(coefficient)
    for j in range(target.shape[0]):
        target[j] += factor * other[j]


@kernel([types.boolean(real[:, ::1], int64[::1], int64) for real in _REALS])
def _meet_curvature(store: NDArray[np.float32], slots: NDArray[np.int64], newest: int) -> bool:
    """Write the newest pair, at operands `newest` and `newest` + 1, and say whether s.y > 0."""
    x, g, last_x, last_g = store[slots[0]], store[slots[1]], store[slots[2]], store[slots[3]]
    s, y = store[slots[newest]], store[slots[newest + 1]]
    for j in range(s.shape[0]):
        s[j] = x[j] - last_x[j]
        y[j] = g[j] - last_g[j]
    return dot(s, y) >= NOTHING and dot(y, y) >= NOTHING


@kernel([void(real[:, ::1], int64[::1], int64) for real in _REALS])
def _drop_newest(store: NDArray[np.float32], slots: NDArray[np.int64], newest: int) -> None:
    """Every pair moves up one place, the oldest place is left empty: zeros."""
    for operand in range(newest + 1, POINTS + 1, -1):
        store[slots[operand], :] = store[slots[operand - 2], :]
    for operand in range(POINTS, POINTS + 2):
        store[slots[operand], :] = 0


@kernel([void(real[:, ::1], int64, int64, int64[::1], float64[::1]) for real in _REALS])
def lbfgs_step(
    store: NDArray[np.float32],
    history: int,
    target: int,
    slots: NDArray[np.int64],
    coefficients: NDArray[np.float64],
) -> None:
    """Take one step: x' = x - lr H g, where H is made of the last `history` pairs that met the curvature condition.

    Without a pair H = min(1, 1 / |g|_1), afterwards the two-loop recursion starts from s.y / y.y of the newest pair
    (Nocedal and Wright, equation 7.20). A new pair with s.y <= 0 is dropped.

    Parameters
    ----------
    store
        Parameter vectors ``[slots, padded d]``; what pads them is 0.
    history
        Most pairs, >= 1.
    target
        Slot of the new model.
    slots
        Slots of the model and its gradient; then, but at the first step, those of the model and gradient of the step
        before, and of the pairs (s, y), the oldest first and empty ones (zeros) before it, at most `history` of them;
        at last those of a new pair, which is written. The pairs are then the last `history` of all these: where the
        new one is dropped, the others move up.
    coefficients
        As many numbers as `slots`: the learning rate; the others are work space.
    """
    count = slots.shape[0]
    x, out = store[slots[0]], store[target]
    out[:] = store[slots[1]]
    oldest = max(POINTS, count - 2 * history)
    newest = count - 2
    if newest >= POINTS and not _meet_curvature(store, slots, newest):
        _drop_newest(store, slots, newest)
    scale = -1.0
    for pair in range(newest, oldest - 2, -2):
        s, y = store[slots[pair]], store[slots[pair + 1]]
        curvature = dot(s, y)
        coefficients[pair + 1] = curvature
        if curvature > 0:  # not empty
            coefficients[pair] = dot(s, out) / curvature
            _add(out, -coefficients[pair], y)
            if scale < 0:
                scale = curvature / dot(y, y)
    if scale < 0:
        scale = 1.0 / max(1.0, _norm1(out))
    factor = out.dtype.type(scale)
    for j in range(out.shape[0]):
        out[j] *= factor
    for pair in range(oldest, newest + 2, 2):
        s, y = store[slots[pair]], store[slots[pair + 1]]
        if coefficients[pair + 1] > 0:
            _add(out, coefficients[pair] - dot(y, out) / coefficients[pair + 1], s)
    lr = out.dtype.type(coefficients[0])
    for j in range(out.shape[0]):
        out[j] = x[j] - lr * out[j]

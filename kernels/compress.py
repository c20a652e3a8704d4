"""What is left of a gradient when it has been compressed for the wire, and of the error when that has been sent.

Every rule turns p into C(p), the vector that the receiver makes of the message. With error feedback p is the gradient
and what earlier messages have left out, ``p = g + e``, and the next error is ``e' = p - C(p)`` (Stich, Cordonnier and
Jaggi 2018; Karimireddy et al. 2019); without it p is the gradient.
"""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.jit import kernel
from kernels.low_rank import low_rank
from kernels.quantise import quantise
from kernels.random_k import random_k
from kernels.sign import mean_magnitude, sign
from kernels.top_k import top_k

#: The largest elements; coefficients k
TOP_K = 0
#: Random elements; coefficients k, the factor they are multiplied by
RANDOM_K = 1
#: Random rounding to some levels; coefficients levels, bucket
QUANTISE = 2
#: Signs, that of 0 being +; no coefficients
VOTE = 3
#: Signs, that of 0 being 0: what most have voted for; no coefficients
MAJORITY = 4
#: Signs times the mean magnitude; no coefficients
SCALED_SIGN = 5
#: Products of thin matrices; coefficients rank, count, then offset, rows and columns of `count` matrices; what lies
#: outside of them is sent as it is. States: the error, then the factors, which begin with Q where the matrix begins
LOW_RANK = 6


@kernel([void(real[::1], real[::1], real[::1]) for real in (float32, float64)])
def _sum(x: NDArray[np.float32], y: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for j in range(out.shape[0]):
        out[j] = x[j] + y[j]


@kernel([void(real[::1], real[::1]) for real in (float32, float64)])
def _subtract(x: NDArray[np.float32], y: NDArray[np.float32]) -> None:
    """x -= y."""
    for j in range(x.shape[0]):
        x[j] -= y[j]


@kernel(
    [
        void(real[:, ::1], int64, int64, int64, int64[::1], float64[::1], int64[::1], int64[::1], uint64, int64[::1])
        for real in (float32, float64)
    ]
)
def compress(
    store: NDArray[np.float32],
    rule: int,
    target: int,
    states: int,
    slots: NDArray[np.int64],
    coefficients: NDArray[np.float64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    key: np.uint64,
    work: NDArray[np.int64],
) -> None:
    """Compress a gradient, or the parts of it that a shard keeps.

    Parameters
    ----------
    store
        Parameter vectors ``[slots, padded d]``.
    rule
        Number of one of the rules above.
    target
        Slot of C(p).
    states
        How many states there are; the first is the error.
    slots
        Slots of the gradient, the states and the new states.
    coefficients
        Numbers that the rule asks for.
    low, high
        Which parameters: from ``low[i]`` to ``high[i]`` for every i.
    key
        Names the random choices: another one for every message.
    work
        Work space of `kernels.top_k.BUCKETS` numbers.
    """
    p, out = store[slots[0]], store[target]
    if states > 0:
        gradient, error, p = store[slots[0]], store[slots[1]], store[slots[1 + states]]
        for part in range(low.shape[0]):
            _sum(gradient[low[part] : high[part]], error[low[part] : high[part]], p[low[part] : high[part]])
    if rule == TOP_K:
        top_k(p, out, low, high, int(coefficients[0]), work)
    elif rule == RANDOM_K:
        random_k(p, out, low, high, int(coefficients[0]), coefficients[1], key)
    elif rule == QUANTISE:
        quantise(p, out, low, high, int(coefficients[0]), int(coefficients[1]), key)
    elif rule == VOTE:
        sign(p, out, low, high, 1.0, 1.0)
    elif rule == MAJORITY:
        sign(p, out, low, high, 1.0, 0.0)
    elif rule == SCALED_SIGN:
        sign(p, out, low, high, mean_magnitude(p, low, high), 1.0)
    else:
        for part in range(low.shape[0]):
            out[low[part] : high[part]] = p[low[part] : high[part]]
        start, factors, rank = store[slots[2]], store[slots[4]], int(coefficients[0])
        for number in range(int(coefficients[1])):
            matrix = coefficients[2 + 3 * number : 5 + 3 * number]
            begin, rows, columns = int(matrix[0]), int(matrix[1]), int(matrix[2])
            end = begin + rows * columns
            low_rank(p[begin:end], out[begin:end], start[begin:end], factors[begin:end], rows, columns, rank)
    if states > 0:
        for part in range(low.shape[0]):
            _subtract(p[low[part] : high[part]], out[low[part] : high[part]])

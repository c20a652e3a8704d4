"""Matrices as products of two thin ones, by one step of the power method that starts where the last one ended."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, float32, float64, int64, void
from numpy.typing import NDArray

from kernels.hashing import mix
from kernels.jit import kernel

#: A column of P that loses all but so many roundings to the ones before it has no direction of its own.
ROUNDINGS = 64


@kernel([float64(real[::1], real[::1]) for real in (float32, float64)])
def _dot(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    total = 0.0
    for i in range(x.shape[0]):
        total += float64(x[i]) * float64(y[i])
    return total


@kernel([void(float64, real[::1], real[::1]) for real in (float32, float64)])
def _add(scale: float, x: NDArray[np.float32], y: NDArray[np.float32]) -> None:
    """y += scale x, in the precision of the vectors."""
    factor = x.dtype.type(scale)
    for i in range(x.shape[0]):
        y[i] += factor * x[i]


@kernel([boolean(real[::1], int64, int64) for real in (float32, float64)])
def orthonormalise(columns: NDArray[np.float32], length: int, number: int) -> bool:
    """Make column `number` orthogonal to the ones before it, twice so that it is (Parlett 1980), and of length 1.

    Parameters
    ----------
    columns
        Columns of a matrix, one after the other; those before `number` are orthonormal or zero.
    length
        Number of a column's elements.
    number
        Which one.

    Returns
    -------
    bool
        Whether it has a direction of its own; where not, it is made zero.
    """
    column = columns[number * length : (number + 1) * length]
    before = math.sqrt(_dot(column, column))
    for _ in range(2):
        for other in range(number):
            earlier = columns[other * length : (other + 1) * length]
            _add(-_dot(earlier, column), earlier, column)
    norm = math.sqrt(_dot(column, column))
    # What is not a number compares false, and stays: divergence is to be seen.
    if norm <= ROUNDINGS * np.finfo(columns.dtype).eps * before and before < math.inf:
        column[:] = 0
        return False
    for i in range(length):
        column[i] = column.dtype.type(float64(column[i]) / norm)
    return True


@kernel([void(real[::1], real[::1], real[::1], real[::1], int64, int64, int64) for real in (float32, float64)])
def low_rank(
    matrix: NDArray[np.float32],
    out: NDArray[np.float32],
    start: NDArray[np.float32],
    factors: NDArray[np.float32],
    rows: int,
    columns: int,
    rank: int,
) -> None:
    """The matrix nearest to M in the span of P = M Q: ``out = P Q'^T`` with P orthonormalised and ``Q' = M^T P``.

    PowerSGD (Vogels, Karimireddy and Jaggi 2019, Algorithm 1). Q is made orthonormal first: that changes nothing but
    roundings, for the span of M Q is that of Q alone, but these would grow by the ratio of M's singular values (PyTorch
    does so, too). Where M has no further direction, as its rank is lower, a column of P is zero, adds nothing, and
    starts with the same column of Q the next time; a column of Q that has no direction is given one.

    Parameters
    ----------
    matrix, out
        M and what becomes of it, ``[rows * columns]``, row by row.
    start
        Begins with Q, ``[rank * columns]``, column by column of Q.
    factors
        Begins with Q' on return, then P ``[rank * rows]``, column by column.
    rows, columns
        How many M has.
    rank
        Columns of P and Q, >= 1 and at most those of M; `factors` has ``rank (rows + columns)`` elements or more.
    """
    size = rank * columns
    p = factors[size : size + rank * rows]
    factors[:size] = start[:size]
    for k in range(rank):
        q, attempts = factors[k * columns : (k + 1) * columns], 0
        while not orthonormalise(factors, columns, k):
            for j in range(columns):
                q[j] = 1 if mix(np.uint64(attempts), np.uint64(j)) & np.uint64(1) else -1
            attempts += 1
        for i in range(rows):
            p[k * rows + i] = _dot(matrix[i * columns : (i + 1) * columns], q)
    for k in range(rank):
        if orthonormalise(p, rows, k):
            q = factors[k * columns : (k + 1) * columns]
            q[:] = 0
            for i in range(rows):
                _add(float64(p[k * rows + i]), matrix[i * columns : (i + 1) * columns], q)
    out[: rows * columns] = 0
    for i in range(rows):
        row = out[i * columns : (i + 1) * columns]
        for k in range(rank):
            _add(float64(p[k * rows + i]), factors[k * columns : (k + 1) * columns], row)

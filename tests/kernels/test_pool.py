"""ReLU and max-pooling, forward and backward."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numba.core.config import DISABLE_JIT

from kernels.pool import pool, unpool


def _forward(squares, pooled):
    pool(squares, pooled)


def _backward(squares, pooled):
    unpool(squares, pooled)


forward, backward = (_forward, _backward) if DISABLE_JIT else (numba.njit(_forward), numba.njit(_backward))


def four(upper_left, upper_right, lower_left, lower_right):
    """One square, as an array [2, 2, 1, 1]."""
    values = [[upper_left, upper_right], [lower_left, lower_right]]
    return np.array(values, dtype=np.float32)[..., np.newaxis, np.newaxis]


def pooled(squares):
    result = np.full(squares.shape[2:], np.nan, dtype=np.float32)
    forward(squares, result)
    return result


@pytest.mark.parametrize("columns", [1, 15, 16, 17, 40])
def test_the_largest_of_each_square_remains(columns):
    squares = np.random.default_rng(columns).standard_normal((2, 2, 3, columns)).astype(np.float32)
    np.testing.assert_array_equal(pooled(squares), np.maximum(squares.max(axis=(0, 1)), 0))


def test_a_square_below_zero_pools_to_zero():
    assert pooled(four(-1, -2, -3, -4)) == [[0]]


@pytest.mark.parametrize("corner", range(4))
def test_a_corner_that_is_not_a_number_stays_visible(corner):
    values = [1, 2, 3, 4]
    values[corner] = np.nan
    assert np.isnan(pooled(four(*values)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 2, 3, 4), (0, 0, 0, 9)),
        ((4, 4, 4, 4), (9, 0, 0, 0)),
        ((1, 4, 4, 4), (0, 9, 0, 0)),
        ((1, 2, 4, 4), (0, 0, 9, 0)),
        ((0.0, -0.0, 0.0, -1), (9, 0, 0, 0)),  # both zeros are equal
    ],
)
def test_the_gradient_goes_to_the_first_of_the_largest(values, expected):
    squares = four(*values)
    backward(squares, np.array([[9]], dtype=np.float32))
    np.testing.assert_array_equal(squares, four(*expected))


def test_the_gradient_of_what_is_not_a_number_stays_visible():
    squares = four(np.nan, 1, 2, 3)
    backward(squares, np.array([[np.nan]], dtype=np.float32))
    assert np.isnan(squares).sum() == 1

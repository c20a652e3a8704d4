"""The matrix product: right on every shape, and the same bits whatever the tile around an element."""

from __future__ import annotations

import numpy as np
import pytest
from processes import PLAIN_X86, compiled, elsewhere

from kernels.matmul import matmul
from kernels.tile import GATE, PLAIN, RELU, SLOPE

# Rows and columns around the tiles (8 x 32 with AVX-512, 6 x 16 with AVX2) and around a vector of 16.
SHAPES = [(1, 1, 1), (7, 3, 10), (8, 16, 32), (9, 5, 33), (13, 1, 17), (16, 40, 31), (31, 65, 48), (65, 32, 100)]


def integers(rows, columns, seed):
    """Whole numbers in -8 ... 8: sums of up to a thousand products are exact in float32."""
    return np.random.default_rng([rows, columns, seed]).integers(-8, 9, (rows, columns)).astype(np.float32)


def reals(rows, columns, seed):
    return np.random.default_rng([rows, columns, seed]).standard_normal((rows, columns)).astype(np.float32)


def product(a, b, finish=PLAIN):
    c = np.full((a.shape[0], b.shape[1]), np.nan, dtype=np.float32)
    matmul(a, b, c, finish, c[:0])
    return c


def excess(m, k, n):
    """The largest error of a product in units of its bound."""
    # k fused multiply-adds, each rounding once: |error| <= k u sum_k |a| |b| with u = 2^-24 (Higham 2002, section 3.1);
    # twice that where a host has no fused instruction.
    a, b = reals(m, k, 1), reals(k, n, 2)
    exact = a.astype(np.float64) @ b.astype(np.float64)
    bound = 2 * k * 2.0**-24 * (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64))
    return np.max(np.abs(product(a, b) - exact) / bound)


def largest_excess():
    """The same over all shapes."""
    return max(excess(*shape) for shape in SHAPES)


@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_products_of_whole_numbers_are_exact(m, k, n):
    a, b = integers(m, k, 1), integers(k, n, 2)
    np.testing.assert_array_equal(product(a, b), a.astype(np.int64) @ b.astype(np.int64))


@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_error_stays_within_the_bound_of_a_sequential_sum(m, k, n):
    assert excess(m, k, n) <= 1


@pytest.mark.slow
@compiled
def test_a_host_without_wide_registers_needs_no_other_code():
    assert float(elsewhere("test_matmul", "largest_excess()", **PLAIN_X86)) <= 1


@compiled
@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_an_element_has_the_same_bits_in_a_product_of_its_own(m, k, n):
    a, b = reals(m, k, 1), reals(k, n, 2)
    whole = product(a, b)
    for i, j in ((0, 0), (m - 1, n - 1), (m // 2, n // 3)):
        assert product(a[i : i + 1], np.ascontiguousarray(b[:, j : j + 1]))[0, 0] == whole[i, j]


@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_a_transposed_left_side_needs_no_copy(m, k, n):
    a, b = integers(k, m, 1), integers(k, n, 2)
    np.testing.assert_array_equal(product(a.T, b), a.T.astype(np.int64) @ b.astype(np.int64))


def test_relu_cuts_negative_elements():
    a, b = integers(9, 5, 1), integers(5, 33, 2)
    np.testing.assert_array_equal(product(a, b, RELU), np.maximum(a @ b, 0))


def test_relu_keeps_what_is_not_a_number_visible():
    a, b = np.full((3, 2), np.nan, dtype=np.float32), integers(2, 5, 1)
    assert np.isnan(product(a, b, RELU)).all()


def test_gate_lets_pass_where_the_old_element_is_positive():
    a, b, c = integers(9, 5, 1), integers(5, 33, 2), integers(9, 33, 3)
    expected = np.where(c > 0, a @ b, 0)
    matmul(a, b, c, GATE, c[:0])
    np.testing.assert_array_equal(c, expected)


def test_slope_is_the_derivative_of_the_tanh_that_was_there():
    # Multiples of 1/4: one minus a square is exact, and so are sums of products with whole numbers.
    a, b, c = integers(9, 5, 1), integers(5, 33, 2), integers(9, 33, 3) / 16
    expected = (a @ b) * (1 - c * c)
    matmul(a, b, c, SLOPE, c[:0])
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_what_is_read_ahead_has_no_influence_and_is_not_changed(m, k, n):
    a, b = reals(m, k, 1), reals(k, n, 2)
    c, ahead = np.empty((m, n), dtype=np.float32), np.full((m, n), np.nan, dtype=np.float32)
    matmul(a, b, c, PLAIN, ahead)
    np.testing.assert_array_equal(c, product(a, b))
    assert np.isnan(ahead).all()


@pytest.mark.parametrize("columns", [1, 15, 16, 17, 31, 32, 33, 47])
def test_nothing_beside_the_result_is_touched_or_used(columns):
    # The operands are windows of matrices that are otherwise nan; so is the result's, and it must stay so.
    def window(rows, columns, seed):
        surroundings = np.full((rows + 2, columns + 40), np.nan, dtype=np.float32)
        surroundings[1:-1, 3 : 3 + columns] = integers(rows, columns, seed)
        return surroundings, surroundings[1:-1, 3 : 3 + columns]

    (_, a), (_, b), (around, c) = window(11, 6, 1), window(6, columns, 2), window(11, columns, 3)
    matmul(a, b, c, PLAIN, c[:0])
    np.testing.assert_array_equal(c, integers(11, 6, 1) @ integers(6, columns, 2))
    c[:] = np.nan
    assert np.isnan(around).all()

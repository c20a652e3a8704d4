"""The product over three axes: what a convolution is made of."""

from __future__ import annotations

import numpy as np
import pytest
from processes import PLAIN_X86, compiled, elsewhere

from kernels.tensordot import tensordot
from kernels.tile import GATE, PLAIN, RELU

# m, (k, l, o), n: rows and columns around the tiles (16 x 16, 9 x 16 and 8 x 32 with AVX-512, 6 x 16 with AVX2).
SHAPES = [(1, (1, 1, 1), 1), (9, (3, 3, 2), 17), (8, (2, 1, 5), 32), (27, (1, 2, 3), 33), (31, (5, 5, 1), 10)]


def integers(shape, seed):
    """Whole numbers in -8 ... 8: sums of up to a thousand products are exact in float32."""
    return np.random.default_rng([*shape, seed]).integers(-8, 9, shape).astype(np.float32)


def product(a, b, summand, finish=PLAIN):
    c = np.full(summand.shape, np.nan, dtype=np.float32)
    tensordot(a, b, summand, c, finish)
    return c


def operands(m, steps, n):
    return integers((m, *steps), 1), integers((*steps, n), 2), integers((m, n), 3)


@pytest.mark.parametrize(("m", "steps", "n"), SHAPES)
def test_products_of_whole_numbers_are_exact(m, steps, n):
    a, b, summand = operands(m, steps, n)
    np.testing.assert_array_equal(product(a, b, summand), summand + a.reshape(m, -1) @ b.reshape(-1, n))


@pytest.mark.parametrize(("m", "steps", "n"), SHAPES)
def test_the_windows_of_an_image_need_no_copies(m, steps, n):
    # A row of windows in an image: neighbours overlap, and the last axes walk backwards.
    image, (_, b, summand) = integers((30, 60, steps[2]), 4), operands(m, steps, n)
    strides = image.strides[1], image.strides[0], -image.strides[1], image.strides[2]
    windows = np.lib.stride_tricks.as_strided(image[0, 10:], (m, *steps), strides)
    np.testing.assert_array_equal(product(windows, b, summand), summand + np.tensordot(windows, b, 3))


def test_a_row_to_add_may_be_repeated():
    a, b, summand = operands(9, (3, 3, 2), 17)
    row = np.lib.stride_tricks.as_strided(summand, summand.shape, (0, 4))
    np.testing.assert_array_equal(product(a, b, row), product(a, b, row.copy()))


def test_a_product_can_be_added_to_what_is_there():
    a, b, c = operands(27, (1, 2, 3), 33)
    expected = c + np.tensordot(a, b, 3)
    tensordot(a, b, c, c, PLAIN)
    np.testing.assert_array_equal(c, expected)


def test_relu_and_gate_see_the_whole_sum():
    a, b, summand = operands(9, (3, 3, 2), 17)
    whole = summand + np.tensordot(a, b, 3)
    np.testing.assert_array_equal(product(a, b, summand, RELU), np.maximum(whole, 0))
    c = integers((9, 17), 5)
    expected = np.where(c > 0, whole, 0)
    tensordot(a, b, summand, c, GATE)
    np.testing.assert_array_equal(c, expected)


def exact():
    """Whether products of whole numbers are exact here."""
    return all(
        np.array_equal(product(a, b, c), c + np.tensordot(a, b, 3))
        for a, b, c in (operands(*shape) for shape in SHAPES)
    )


@pytest.mark.slow
@compiled
def test_a_host_without_wide_registers_needs_no_other_code():
    assert elsewhere("test_tensordot", "exact()", **PLAIN_X86) == "True"

"""Linear combinations and consensus distance against NumPy."""

import numpy as np
import pytest
from processes import UNCOMPILED, compiled, elsewhere

from kernels.combine import BLOCK, combine, spread


def combine_twin(rows, coefficients):
    """Left to right in the rows' own precision, as a person would write it."""
    total = rows.dtype.type(coefficients[0]) * rows[0]
    for row, coefficient in zip(rows[1:], coefficients[1:], strict=True):
        total = total + rows.dtype.type(coefficient) * row
    return total


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [16, 48, BLOCK + 16])
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_combine_equals_its_twin_bit_for_bit(dtype, width, count):
    generator = np.random.default_rng(0)
    store = generator.standard_normal((count + 1, width)).astype(dtype)
    coefficients = generator.standard_normal(count)
    expected = combine_twin(store[:count], coefficients)
    combine(store, count, np.arange(count), coefficients, 0, width)
    np.testing.assert_array_equal(store[count], expected)


def test_combine_may_overwrite_its_first_operand():
    store = np.array([[1.0] * 8, [2.0] * 8, [4.0] * 8])
    combine(store, 0, np.arange(3), np.array([1.0, 10.0, 100.0]), 0, 8)
    assert store[0].tolist() == [421.0] * 8


@pytest.mark.parametrize("count", [2, 3])
def test_combine_leaves_what_is_outside_its_range_alone(count):
    store = np.ones((4, 8))
    combine(store, 3, np.arange(count), np.full(count, 5.0), 2, 5)
    assert store[3].tolist() == [1.0] * 2 + [5.0 * count] * 3 + [1.0] * 3


def test_spread_is_the_root_mean_square_distance_from_the_mean():
    # Mean (1, 1): squared distances 2, 2, 0 and their mean 4/3.
    store = np.array([[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]])
    assert spread(store, np.arange(3)) == pytest.approx(np.sqrt(4 / 3), rel=1e-15)


def test_spread_equals_its_twin():
    store = np.random.default_rng(0).standard_normal((7, 33)).astype(np.float32)
    rows = store[[1, 3, 6]].astype(np.float64)
    twin = np.sqrt(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert spread(store, np.array([1, 3, 6])) == pytest.approx(twin, rel=1e-14)


def spread_of_float32():
    """The spread of two float32 rows, as computed here."""
    store = np.random.default_rng(0).standard_normal((2, 33)).astype(np.float32)
    return spread(store, np.arange(2))


@pytest.mark.slow
@compiled
def test_spread_is_taken_in_float64_uncompiled_too():
    assert float(elsewhere("test_combine", "spread_of_float32()", **UNCOMPILED)) == spread_of_float32()

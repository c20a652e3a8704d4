"""A step in place of a gradient against NumPy, and against the linear combination that it stands for."""

import numpy as np
import pytest

from kernels.combine import combine
from kernels.step_along import step_along


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 15, 16, 1009])
@pytest.mark.parametrize("coefficient", [-0.1, 1.0, -np.inf])
def test_a_step_has_the_bits_of_its_twin_and_of_a_combination(dtype, size, coefficient):
    store = np.random.default_rng(size).standard_normal((3, size)).astype(dtype)
    x, gradient = store[0].copy(), store[1].copy()
    combine(store, 2, np.array([0, 1]), np.array([1.0, coefficient]), 0, size)
    step_along(x, coefficient, gradient)
    np.testing.assert_array_equal(gradient, store[0] + dtype(coefficient) * store[1])
    assert gradient.tobytes() == store[2].tobytes()
    np.testing.assert_array_equal(x, store[0])

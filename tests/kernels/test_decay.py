"""L2 regularisation."""

from __future__ import annotations

import numpy as np

from kernels.decay import add_decay, penalty

X = np.array([1, -2, 3, np.nan], dtype=np.float32)


def test_the_gradient_grows_by_the_coefficient_times_x():
    gradient = np.array([10, 20, 30, 40], dtype=np.float32)
    add_decay(X, 3, 0.5, gradient)
    np.testing.assert_array_equal(gradient, [10.5, 19, 31.5, 40])


def test_the_penalty_is_half_the_coefficient_times_the_square():
    assert penalty(X, 3, 0.5) == 0.25 * (1 + 4 + 9)


def test_without_a_coefficient_there_is_no_penalty():
    assert penalty(X, 4, 0.0) == 0

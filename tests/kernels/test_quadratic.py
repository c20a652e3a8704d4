"""The quadratic with Gaussian gradient noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernels import quadratic

EMPTY = np.zeros(0)

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")


def gradient(x, key=1, batch=1, curvature=2.0, noise=0.0, spare=0):
    row = np.append(np.asarray(x, dtype=np.float64), np.full(spare, np.nan))
    out = np.full(len(row), np.nan)
    layout, settings = np.array([len(x)]), np.array([curvature, noise])
    index = np.zeros(batch, dtype=np.int64)
    quadratic.gradient(row, out, index, np.uint64(key), np.zeros((1, 1)), EMPTY, layout, settings, EMPTY, row)
    return out


def test_without_noise_the_gradient_is_the_curvature_times_x():
    np.testing.assert_array_equal(gradient([1.0, -2.0, 0.5], curvature=2.0), [2.0, -4.0, 1.0])


def test_noise_has_mean_zero_and_the_variance_of_a_mini_batch():
    # s^2 / batch = 9 / 4. Of 100 000 draws the mean has a standard error of 1.5 / 316 and the variance one of
    # 2.25 sqrt(2 / 100 000) = 0.01: four of each are allowed.
    found = gradient(np.zeros(100_000), batch=4, noise=3.0)
    assert found.mean() == pytest.approx(0, abs=4 * 1.5 / 316)
    assert found.var() == pytest.approx(9 / 4, abs=4 * 0.01)


def test_noise_is_normal():
    # Kolmogorov-Smirnov: the largest distance of 100 000 draws from the normal law is below 1.95 / sqrt(n) in all but
    # one case in a thousand.
    draws = np.sort(gradient(np.zeros(100_000), noise=1.0))
    law = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in draws])
    assert np.abs(law - (np.arange(100_000) + 0.5) / 100_000).max() < 1.95 / math.sqrt(100_000)


@pytest.mark.parametrize("other", [2, 3, 1 + 0x9E3779B97F4A7C15])  # the last: one step along SplitMix64's own sequence
def test_noise_of_different_keys_is_independent(other):
    # A correlation of 20 000 independent pairs has a standard deviation of 1 / sqrt(20 000); neighbours are tried too.
    first, second = (gradient(np.zeros(20_000), key=key, noise=1.0) for key in (1, other))
    for shift in range(-3, 4):
        pairs = first[4:-4], second[4 + shift : len(second) - 4 + shift]
        assert abs(np.corrcoef(*pairs)[0, 1]) < 4.5 / math.sqrt(20_000)


def test_noise_depends_on_key_and_element_only():
    long, short = gradient(np.zeros(9), noise=1.0), gradient(np.ones(4), noise=1.0, curvature=0.0)
    np.testing.assert_array_equal(long[:4], short)


def test_what_lies_beyond_the_parameters_is_left_alone():
    out = gradient([1.0, 2.0, 3.0], noise=1.0, spare=5)
    assert np.isfinite(out[:3]).all()
    assert np.isnan(out[3:]).all()


def test_evaluate_measures_half_the_curvature_times_the_square():
    measures = np.zeros(2)
    # 3 / 2 (1 + 4) = 7.5; the last element is not a parameter
    x, settings = np.array([1.0, 2.0, 9.0]), np.array([3.0, 1.0])
    quadratic.evaluate(x, np.zeros((1, 1)), EMPTY, np.array([2]), settings, EMPTY, measures)
    assert measures[0] == 7.5
    assert math.isnan(measures[1])


def test_parameters_are_the_dimensions():
    assert quadratic.parameters([12]) == 12


@pytest.mark.parametrize("layout", [[], [0], [2, 3]])
def test_parameters_refuses_anything_but_one_number(layout):
    with pytest.raises(ValueError, match="layout: needs one positive number"):
        quadratic.parameters(layout)

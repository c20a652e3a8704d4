"""Moments of gradients, and the full gradient, against NumPy."""

import numpy as np
import pytest

from kernels import quadratic
from kernels.full_gradient import full_gradient
from kernels.moments import moments
from sim.problems.diabetes import Diabetes
from sim.problems.digits_mlp import DigitsMLP
from sim.streams import stream


def moments_of(full, gradients, dtype=np.float64):
    store = np.array([full, *gradients], dtype)
    measures = np.zeros(4)
    moments(store, np.arange(len(store)), measures)
    return measures.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_moments_equal_their_twin(dtype, count):
    store = np.random.default_rng(0).standard_normal((count + 3, 33)).astype(dtype)
    slots = np.array([count + 1, *range(count)])
    full, rows = store[count + 1].astype(float), store[:count].astype(float)
    mean = rows.mean(axis=0)
    measures = np.zeros(4)
    moments(store, slots, measures)
    assert measures[0] == pytest.approx(mean @ full / (full @ full), rel=1e-12)
    assert measures[1] == pytest.approx(((rows - mean) ** 2).sum() / count, rel=1e-12)
    assert measures[2] == pytest.approx(full @ full, rel=1e-12)
    assert measures[3] == pytest.approx(count * ((mean - full) ** 2).sum(), rel=1e-12)


def test_gradients_along_the_full_one_are_aligned_and_across_it_are_not():
    # Mean (1, 1) of (2, 0) and (0, 2): its part along G = (2, 0) is half of G; each is sqrt(2) from it, and it from G.
    assert moments_of([2.0, 0.0], [[2.0, 0.0], [0.0, 2.0]]) == [0.5, 2.0, 4.0, 4.0]
    assert moments_of([3.0, 4.0], [[3.0, 4.0]]) == [1.0, 0.0, 25.0, 0.0]
    assert moments_of([1.0, 0.0], [[0.0, 5.0]]) == [0.0, 0.0, 1.0, 26.0]


def test_where_the_full_gradient_vanishes_there_is_no_alignment():
    alignment, variance, square, _ = moments_of([0.0, 0.0], [[1.0, 0.0], [-1.0, 0.0]])
    assert np.isnan(alignment)
    assert (variance, square) == (1.0, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("problem", [DigitsMLP(hidden=[5], l2=0.1), Diabetes()], ids=["classes", "numbers"])
@pytest.mark.parametrize("most", [7, 256, 5000])
def test_the_full_gradient_is_that_of_one_large_mini_batch(problem, most):
    task = problem.task(stream(0, "initial"))
    samples, size = len(task.train.targets), len(task.initial)
    padded = -(-size // 16) * 16
    x, out, expected = np.zeros((3, padded), np.float32)
    x[:size] = task.initial
    whole = np.arange(samples)
    scratch = np.zeros(task.scratch_size(samples), np.float32)
    task.gradient(x, expected, whole, np.uint64(0), *task.train, task.layout, task.settings, scratch, x)
    out[:] = np.nan
    scratch = np.zeros(task.scratch_size(most) + padded, np.float32)
    index = np.empty(most, np.int64)
    full_gradient(task.gradient, x, out, *task.train, task.layout, task.settings, index, scratch)
    # Only the order of summation differs, in float32.
    np.testing.assert_allclose(out, expected, rtol=0, atol=2e-6 * abs(expected).max())


def test_without_samples_the_full_gradient_is_the_one_of_the_problem():
    x, out, scratch = np.array([1.0, -2.0]), np.empty(2), np.zeros(2)
    nothing = np.empty((0, 1)), np.empty(0)
    settings = np.array([3.0, 0.0])
    full_gradient(quadratic.gradient, x, out, *nothing, np.array([2]), settings, np.empty(4, np.int64), scratch)
    assert out.tolist() == [3.0, -6.0]

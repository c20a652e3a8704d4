"""The largest eigenvalue of tridiagonal matrices, and of Hessians that are known."""

import numpy as np
import pytest

from kernels import quadratic
from kernels.difference import difference_product
from kernels.lanczos import PRODUCTS, largest_eigenvalue, largest_of

#: A part of kernels, as Python runs it.
EIGENVALUE = getattr(largest_eigenvalue, "py_func", largest_eigenvalue)


def eigenvalue_of_bowl(x, settings, key=1):
    vectors = np.zeros((6, len(x)))
    vectors[0] = x
    model = np.empty((0, 1)), np.empty(0), np.array([len(x)]), np.array(settings), np.empty(1, np.int64)
    work = np.zeros((2, PRODUCTS))
    scratch = np.zeros(len(x))
    functions = difference_product, quadratic.gradient
    return EIGENVALUE(*functions, np.uint64(key), len(x), *vectors, *work, *model, scratch)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100])
def test_of_a_tridiagonal_matrix_it_is_numpys(size):
    generator = np.random.default_rng(size)
    for scale in (1e-6, 1.0, 1e6):
        diagonal = scale * generator.standard_normal(size)
        beside = scale * np.abs(generator.standard_normal(size - 1))
        matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        assert largest_of(diagonal, beside) == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-9, abs=1e-12)


def test_of_a_matrix_that_falls_apart_it_is_that_of_its_parts():
    assert largest_of(np.array([1.0, 5.0, 2.0]), np.zeros(2)) == pytest.approx(5.0, rel=1e-15)
    assert largest_of(np.zeros(3), np.zeros(2)) == 0.0


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("curvature", [1e-3, 1.0, 250.0])
def test_of_a_bowl_it_is_its_curvature(size, curvature):
    # In float64 a difference of linear gradients is off by eps |x| / h, 1e-9 here.
    x = np.random.default_rng(0).standard_normal(size)
    for key in (1, 2):
        assert eigenvalue_of_bowl(x, [curvature, 0.0], key) == pytest.approx(curvature, rel=1e-8)


def test_a_hessian_that_is_negative_has_a_negative_one():
    assert eigenvalue_of_bowl(np.ones(4), [-2.0, 0.0]) == pytest.approx(-2.0, rel=1e-8)
    assert eigenvalue_of_bowl(np.ones(4), [0.0, 0.0]) == 0.0


def test_of_a_model_that_has_blown_up_there_is_none():
    assert np.isnan(eigenvalue_of_bowl(np.array([1.0, np.inf]), [1.0, 0.0]))
    assert np.isnan(eigenvalue_of_bowl(np.array([1.0, np.nan]), [1.0, 0.0]))

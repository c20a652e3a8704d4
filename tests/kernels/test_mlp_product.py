"""Exact products of a perceptron's Hessian, against NumPy and against differences."""

import numpy as np
import pytest
from hessian_twin import product_twin

from kernels import mlp
from kernels.difference import difference_product
from kernels.mlp_product import mlp_product


def model_of(widths, samples, generator, **settings):
    """A model with biases, and its data: layout, settings, inputs, targets."""
    x = mlp.initialise(widths, generator)
    x += np.float32(0.1) * generator.standard_normal(len(x)).astype(np.float32)
    inputs = generator.standard_normal((samples, widths[0])).astype(np.float32)
    targets = generator.integers(0, widths[-1], samples).astype(np.float32)
    if settings.get("loss") == "squared_error":
        targets = generator.standard_normal(samples).astype(np.float32)
    return x, (np.array(widths), mlp.settings(**settings), inputs, targets)


def product_of(product, x, v, model, batch=1):
    layout, settings, inputs, targets = model
    padded = -(-len(x) // 16) * 16
    vectors = np.zeros((5, padded), np.float32)
    vectors[0, : len(x)], vectors[1, : len(x)] = x, v
    vectors[2] = np.nan
    scratch = np.full(mlp.scratch_size(layout, batch) + padded, np.nan, np.float32)
    scratch[-padded:] = 0.0
    product(mlp.gradient, *vectors, inputs, targets, layout, settings, np.empty(batch, np.int64), scratch)
    assert not vectors[2, len(x) :].any()
    return vectors[2, : len(x)]


@pytest.mark.parametrize("widths", [[3, 2], [5, 4, 3], [17, 33, 1, 16, 10], [64, 9, 40, 2]])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize(("samples", "batch"), [(1, 1), (7, 64), (150, 3)])
def test_products_equal_their_twin(widths, activation, samples, batch):
    generator = np.random.default_rng(len(widths) + samples)
    x, model = model_of(widths, samples, generator, l2=0.25, activation=activation)
    v = generator.standard_normal(len(x))
    v /= np.linalg.norm(v)
    expected = product_twin(x, v, *model)
    found = product_of(mlp_product, x, v.astype(np.float32), model, batch)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_of_a_squared_error_too(activation):
    generator = np.random.default_rng(0)
    x, model = model_of([6, 11, 1], 40, generator, activation=activation, loss="squared_error")
    v = generator.standard_normal(len(x))
    v /= np.linalg.norm(v)
    expected = product_twin(x, v, *model)
    found = product_of(mlp_product, x, v.astype(np.float32), model)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_without_kinks_differences_of_gradients_in_float32_are_right_to_a_thousandth():
    generator = np.random.default_rng(1)
    x, model = model_of([8, 12, 5], 200, generator, activation="tanh")
    v = generator.standard_normal(len(x)).astype(np.float32)
    v /= np.linalg.norm(v)
    exact, difference = (product_of(each, x, v, model, batch=64) for each in (mlp_product, difference_product))
    assert np.linalg.norm(difference - exact) < 2e-3 * np.linalg.norm(exact)

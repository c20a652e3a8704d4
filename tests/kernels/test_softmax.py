"""Softmax cross-entropy and its gradient, for few and many classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import twins

from kernels.softmax import cross_entropy, softmax_gradient

CLASSES = [1, 2, 10, 15, 16, 17, 32, 100]


def draw(rows, classes):
    generator = np.random.default_rng([rows, classes])
    z = (3 * generator.standard_normal((rows, classes))).astype(np.float32)
    return z, generator.integers(0, classes, rows)


@pytest.mark.parametrize("classes", CLASSES)
def test_gradient_matches_its_twin(classes):
    # Probabilities are at most 1 and the exponential is good to 2 units of 2^-24, the quotient and sums to a few more.
    z, labels = draw(20, classes)
    expected = (twins.softmax(z.astype(np.float64)) - np.eye(classes)[labels]) / 20
    softmax_gradient(z, labels.astype(np.float32), np.float32(1 / 20))
    np.testing.assert_allclose(z, expected, rtol=0, atol=8 * 2.0**-24 / 20)


@pytest.mark.parametrize("classes", CLASSES)
def test_loss_matches_its_twin(classes):
    z, labels = draw(20, classes)
    expected = -np.log(twins.softmax(z.astype(np.float64))[np.arange(20), labels]).sum()
    assert cross_entropy(z, labels.astype(np.float32)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("margin", [0.0, 0.5, 1.0, 5.0, 20.0, 80.0])
def test_two_classes_are_the_logistic_function(margin):
    # softmax([0, -margin])_1 = 1 / (1 + exp(margin)): the relative accuracy of the exponential, alone.
    z = np.array([[0, -margin]], dtype=np.float32)
    softmax_gradient(z, np.zeros(1, dtype=np.float32), np.float32(1))
    assert z[0, 1] == pytest.approx(1 / (1 + math.exp(margin)), rel=4 * 2.0**-24)


def test_a_gradient_row_sums_to_zero():
    z, labels = draw(50, 10)
    softmax_gradient(z, labels.astype(np.float32), np.float32(1))
    assert np.abs(z.sum(axis=1, dtype=np.float64)).max() < 1e-6


def test_equal_logits_cost_the_logarithm_of_their_number():
    z = np.full((3, 10), 7, dtype=np.float32)
    assert cross_entropy(z, np.array([0, 4, 9], dtype=np.float32)) == pytest.approx(3 * math.log(10), rel=1e-7)


def test_huge_logits_neither_overflow_nor_hide_the_loss():
    z = np.array([[1e30, 0]], dtype=np.float32)
    assert cross_entropy(z.copy(), np.ones(1, dtype=np.float32)) == pytest.approx(1e30, rel=1e-6)
    softmax_gradient(z, np.ones(1, dtype=np.float32), np.float32(1))
    np.testing.assert_allclose(z, [[1, -1]], atol=1e-30)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("classes", [3, 20])
@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, uncompiled
def test_divergence_stays_visible(bad, classes):
    z = np.zeros((1, classes), dtype=np.float32)
    z[0, 1] = bad
    assert math.isnan(cross_entropy(z.copy(), np.zeros(1, dtype=np.float32)))
    softmax_gradient(z, np.zeros(1, dtype=np.float32), np.float32(1))
    assert np.isnan(z).any()

"""Steps of L-BFGS against the textbook's two loops."""

from itertools import pairwise

import numpy as np
import pytest

from kernels.lbfgs import dot, lbfgs_step

LR = 0.7


def textbook_step(x, g, pairs):
    """Nocedal and Wright, Algorithm 7.4, and equation 7.20."""
    q, alphas = g.copy(), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q = q - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        r = s @ y / (y @ y) * q
    else:
        r = min(1.0, 1.0 / abs(q).sum()) * q
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        r = r + s * (alpha - y @ r / (s @ y))
    return x - LR * r


def textbook(points, history):
    """The steps from each (x, g), with the pairs between them that have s.y > 0."""
    pairs, steps = [], []
    for t, (x, g) in enumerate(points):
        if t > 0:
            s, y = x - points[t - 1][0], g - points[t - 1][1]
            if s @ y > 0:
                pairs = [*pairs, (s, y)][-history:]
        steps.append(textbook_step(x, g, pairs))
    return steps, pairs


def kernel(points, history, dtype):
    """The same by the kernel, and the pairs that it leaves in the store."""
    size = len(points[0][0])
    store = np.full((4 + 2 * (history + 1) + 1, size), 7.0, dtype)
    free = list(range(5, len(store)))
    pairs, steps = [], []
    for t, (x, g) in enumerate(points):
        new = [free.pop(), free.pop()] if t > 0 else []
        store[0], store[1] = x, g
        last = [2, 3] if t > 0 else []
        slots = np.array([0, 1, *last, *(slot for pair in pairs for slot in pair), *new])
        coefficients = np.zeros(len(slots))
        coefficients[0] = LR
        lbfgs_step(store, history, 4, slots, coefficients)
        steps.append(store[4].copy())
        if t > 0:
            pairs.append(tuple(new))
            free += pairs.pop(0) if len(pairs) > history else ()
        store[2:4] = store[0:2]
    return steps, [(store[s], store[y]) for s, y in pairs if store[s].any()]


def convex(steps, size):
    """Points and gradients of 1/2 x.A x, A positive definite: every pair meets the curvature condition."""
    generator = np.random.default_rng(size)
    root = generator.standard_normal((size, size))
    curvature = root @ root.T / size + np.eye(size)
    return [(x, curvature @ x) for x in generator.standard_normal((steps, size))]


def wild(steps, size):
    """Gradients that have nothing to do with their points: half of the pairs have s.y < 0."""
    generator = np.random.default_rng(size)
    return [tuple(generator.standard_normal((2, size))) for _ in range(steps)]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-4), (np.float64, 1e-10)])
@pytest.mark.parametrize("history", [1, 3, 10])
@pytest.mark.parametrize("points", [convex(9, 16), convex(9, 37), wild(25, 16)], ids=["convex", "odd", "wild"])
def test_steps_and_history_equal_the_textbooks(points, history, dtype, tolerance):
    # The curvatures s.y of random points are a few per cent of |s||y| at the least, which rounding is multiplied by.
    steps, pairs = kernel(points, history, dtype)
    expected, expected_pairs = textbook(points, history)
    for step, wanted in zip(steps, expected, strict=True):
        np.testing.assert_allclose(step, wanted, rtol=0, atol=tolerance * abs(wanted).max())
    assert len(pairs) == len(expected_pairs)
    np.testing.assert_allclose(pairs, expected_pairs, rtol=0, atol=tolerance)


def test_the_test_drops_pairs_before_and_after_the_history_is_full():
    points = wild(25, 16)
    curved = [(b[0] - a[0]) @ (b[1] - a[1]) > 0 for a, b in pairwise(points)]
    assert not all(curved[:5])
    assert 3 < sum(curved[:12]) < 12
    assert not all(curved[12:])


def test_the_first_step_is_no_longer_than_the_learning_rate():
    # |g|_1 = 8: x' = x - lr g / 8; a gradient below 1 is taken as it is.
    x = np.zeros(16)
    (long,), _ = kernel([(x, np.full(16, 0.5))], 5, np.float64)
    (short,), _ = kernel([(x, np.full(16, 0.01))], 5, np.float64)
    np.testing.assert_allclose(long, np.full(16, -LR / 16), rtol=1e-15)
    np.testing.assert_allclose(short, np.full(16, -LR * 0.01), rtol=1e-15)


@pytest.mark.parametrize("scale", [0.0, 1e-160, 1e-200])
def test_pairs_too_short_to_have_a_curvature_are_dropped(scale):
    # s.y is 0 or denormal; what is left is the step along the gradient.
    points = [(scale * x, scale * g) for x, g in convex(4, 16)]
    steps, pairs = kernel(points, 3, np.float64)
    assert pairs == []
    np.testing.assert_allclose(steps[-1], points[-1][0] - LR * points[-1][1], rtol=1e-12)


def test_the_curvature_of_single_precision_vectors_is_summed_in_double():
    a = np.array([1e4, 1.0, -1e4, 0.5] * 5, np.float32)
    b = np.array([1e4, 1.0, 1e4, 0.5] * 5, np.float32)
    assert dot(a, b) == 6.25

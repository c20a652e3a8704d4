"""Optimizer steps against NumPy, and against their definitions over several steps."""

import numpy as np
import pytest

from kernels.steps import ADAGRAD, ADAM, MOMENTUM, NESTEROV, take_step

RULES = {
    MOMENTUM: (1, [0.1, 0.9]),
    NESTEROV: (1, [0.1, 0.9]),
    ADAGRAD: (1, [0.1, 1e-8]),
    ADAM: (2, [0.01, 0.9, 0.999, 1e-8, 1 / (1 - 0.9**3), 1 / (1 - 0.999**3), 0.1]),
}


def twin(rule, x, g, states, coefficients):
    """The published update in NumPy."""
    lr = coefficients[0]
    if rule == MOMENTUM:
        v = coefficients[1] * states[0] + g
        return x - lr * v, [v]
    if rule == NESTEROV:
        v = coefficients[1] * states[0] + g
        return x - lr * (g + coefficients[1] * v), [v]
    if rule == ADAGRAD:
        s = states[0] + g**2
        return x - lr * g / (np.sqrt(s) + coefficients[1]), [s]
    _, b1, b2, eps, c1, c2, decay = coefficients
    m = b1 * states[0] + (1 - b1) * g
    v = b2 * states[1] + (1 - b2) * g**2
    return x * (1 - lr * decay) - lr * m * c1 / (np.sqrt(v * c2) + eps), [m, v]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("rule", RULES)
def test_a_step_equals_its_twin_and_keeps_to_its_range(rule, dtype, tolerance):
    states, coefficients = RULES[rule]
    generator = np.random.default_rng(rule)
    store = abs(generator.standard_normal((8, 48))).astype(dtype)
    before = store.copy()
    slots = np.array([0, 1, *range(2, 2 + 2 * states)])
    take_step(store, rule, 7, slots, np.array(coefficients + [0.0] * (8 - len(coefficients))), 5, 40)
    wide = before.astype(np.float64)
    x, new = twin(rule, wide[0], wide[1], wide[2 : 2 + states], coefficients)
    for row, expected in zip([7, *range(2 + states, 2 + 2 * states)], [x, *new], strict=True):
        np.testing.assert_allclose(store[row, 5:40], expected[5:40], rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(np.delete(store[row], np.s_[5:40]), np.delete(before[row], np.s_[5:40]))
    np.testing.assert_array_equal(store[: 2 + states], before[: 2 + states])


@pytest.mark.parametrize("beta", [0.999, 0.999999, 0.999999999])
def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(beta):
    # From nothing: m c1 = g and v c2 = g^2, so that lr g / |g| is left of the step, however long the memory.
    store = np.zeros((7, 16), dtype=np.float32)
    store[1] = np.linspace(0.1, 2, 16)
    coefficients = np.array([0.5, 0.9, beta, 1e-30, 1 / (1 - 0.9), 1 / (1 - beta), 0.0, 0.0])
    take_step(store, ADAM, 6, np.arange(6), coefficients, 0, 16)
    np.testing.assert_allclose(store[6], -0.5, rtol=1e-6)

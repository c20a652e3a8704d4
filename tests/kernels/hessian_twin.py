"""The Hessian of a multi-layer perceptron once more: derivatives of a gradient in slow, obvious float64 NumPy."""

from itertools import pairwise

import numpy as np

from kernels.mlp import ACTIVATIONS, LOSSES

#: Step of a difference: no sample of these tests has a kink within it.
STEP = 1e-7


def gradient_twin(x, layout, settings, inputs, targets):
    """The mean gradient over all samples."""
    l2, activation, loss = settings[0], ACTIVATIONS[int(settings[1])], LOSSES[int(settings[2])]
    x, start, layers = x.astype(np.float64), 0, []
    for fan_in, fan_out in pairwise(layout):
        layers.append(x[start : start + (fan_in + 1) * fan_out].reshape(fan_in + 1, fan_out))
        start += (fan_in + 1) * fan_out
    ones = np.ones((len(inputs), 1))
    activations = [np.hstack([inputs, ones])]
    for layer in layers[:-1]:
        z = activations[-1] @ layer
        activations.append(np.hstack([np.maximum(z, 0) if activation == "relu" else np.tanh(z), ones]))
    outputs = activations[-1] @ layers[-1]
    if loss == "squared_error":
        delta = outputs - targets[:, None]
    else:
        delta = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        delta /= delta.sum(axis=1, keepdims=True)
        delta[np.arange(len(targets)), targets.astype(int)] -= 1
    slopes = []
    for layer, a in zip(layers[::-1], activations[::-1], strict=True):
        slopes.append((a.T @ delta / len(inputs)).ravel())
        hidden = a[:, :-1]
        delta = delta @ layer[:-1].T * ((hidden > 0) if activation == "relu" else 1 - hidden**2)
    return np.concatenate(slopes[::-1]) + l2 * x


def product_twin(x, v, *model):
    """The Hessian times a vector."""
    x = x.astype(np.float64)
    return (gradient_twin(x + STEP * v, *model) - gradient_twin(x - STEP * v, *model)) / (2 * STEP)


def hessian_twin(x, *model):
    """The Hessian."""
    rows = np.array([product_twin(x, unit, *model) for unit in np.eye(len(x))])
    return (rows + rows.T) / 2

"""Slow, obvious float64 forms of the kernels, in NumPy; they share no code with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np


def layers(x, widths):
    """Weights and bias of every layer, as float64."""
    x, start, pairs = np.asarray(x, dtype=np.float64), 0, []
    for fan_in, fan_out in pairwise(widths):
        middle = start + fan_in * fan_out
        pairs.append((x[start:middle].reshape(fan_in, fan_out), x[middle : middle + fan_out]))
        start = middle + fan_out
    return pairs


def logits(x, inputs, widths, activation="relu"):
    """What an MLP says of its inputs, and the activations of every layer on the way."""
    activations = [np.asarray(inputs, dtype=np.float64)]
    for weights, bias in layers(x, widths)[:-1]:
        sums = activations[-1] @ weights + bias
        activations.append(np.tanh(sums) if activation == "tanh" else np.maximum(sums, 0))
    weights, bias = layers(x, widths)[-1]
    return activations[-1] @ weights + bias, activations


def softmax(z):
    """Probabilities, row by row."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(x, inputs, targets, widths, decay=0.0, activation="relu", kind="cross_entropy"):
    """Mean cross-entropy, or half the mean square error, plus decay / 2 |x|^2."""
    z, _ = logits(x, inputs, widths, activation)
    if kind == "squared_error":
        mean = np.square(z[:, 0] - targets).mean() / 2
    else:
        mean = -np.log(softmax(z)[np.arange(len(targets)), targets]).mean()
    return mean + decay / 2 * np.sum(np.square(x, dtype=np.float64))


def gradient(x, inputs, targets, widths, decay=0.0, activation="relu", kind="cross_entropy"):
    """The gradient of `loss`, by the chain rule."""
    z, activations = logits(x, inputs, widths, activation)
    truth = np.eye(widths[-1])[targets] if kind == "cross_entropy" else np.reshape(targets, (-1, 1))
    delta = ((softmax(z) if kind == "cross_entropy" else z) - truth) / len(targets)
    parts = []
    for (weights, _), values in zip(reversed(layers(x, widths)), reversed(activations), strict=True):
        parts = [(values.T @ delta).ravel(), delta.sum(axis=0), *parts]
        delta = (delta @ weights.T) * (1 - values**2 if activation == "tanh" else values > 0)
    return np.concatenate(parts) + decay * np.asarray(x, dtype=np.float64)


@dataclass
class Case:
    """A network, its data and a mini-batch."""

    widths: tuple[int, ...]
    x: np.ndarray
    inputs: np.ndarray
    labels: np.ndarray
    index: np.ndarray


def case(widths, batch, seed=0, samples=150):
    """Draw a case: weights of He's size, small biases, inputs in [0, 1)."""
    draw = np.random.default_rng([seed, batch, *widths])
    size = sum((a + 1) * b for a, b in pairwise(widths))
    scale = np.concatenate([np.full((a + 1) * b, np.sqrt(2 / a)) for a, b in pairwise(widths)])
    return Case(
        widths,
        (scale * draw.standard_normal(size)).astype(np.float32),
        draw.random((samples, widths[0]), dtype=np.float32),
        draw.integers(0, max(widths[-1], 2), samples),  # one output: targets 0 and 1
        draw.integers(0, samples, batch),
    )

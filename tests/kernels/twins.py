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


def logits(x, inputs, widths):
    """What an MLP says of its inputs, and the activations of every layer on the way."""
    activations = [np.asarray(inputs, dtype=np.float64)]
    for weights, bias in layers(x, widths)[:-1]:
        activations.append(np.maximum(activations[-1] @ weights + bias, 0))
    weights, bias = layers(x, widths)[-1]
    return activations[-1] @ weights + bias, activations


def softmax(z):
    """Probabilities, row by row."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(x, inputs, labels, widths, decay=0.0):
    """Mean cross-entropy plus decay / 2 |x|^2."""
    z, _ = logits(x, inputs, widths)
    truth = softmax(z)[np.arange(len(labels)), labels]
    return -np.log(truth).mean() + decay / 2 * np.sum(np.square(x, dtype=np.float64))


def gradient(x, inputs, labels, widths, decay=0.0):
    """The gradient of `loss`, by the chain rule."""
    z, activations = logits(x, inputs, widths)
    delta = (softmax(z) - np.eye(widths[-1])[labels]) / len(labels)
    parts = []
    for (weights, _), activation in zip(reversed(layers(x, widths)), reversed(activations), strict=True):
        parts = [(activation.T @ delta).ravel(), delta.sum(axis=0), *parts]
        delta = (delta @ weights.T) * (activation > 0)
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
        draw.integers(0, widths[-1], samples),
        draw.integers(0, samples, batch),
    )

"""Long short-term memory in float64 NumPy, slow and obvious, a sample and a step at a time; no code of the kernels.

A network is (steps, features, classes, widths).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import twins

Network = tuple[int, int, int, tuple[int, ...]]
Array = np.ndarray[Any, Any]


def shapes(network: Network) -> list[tuple[int, int]]:
    _, fan_in, classes, widths = network
    found = []
    for width in widths:
        found.append((fan_in + width + 1, 4 * width))
        fan_in = width
    return [*found, (fan_in + 1, classes)]


def arrays(x: Array, network: Network) -> list[Array]:
    x, start, found = np.asarray(x, np.float64), 0, []
    for rows, columns in shapes(network):
        found.append(x[start : start + rows * columns].reshape(rows, columns))
        start += rows * columns
    assert start == len(x)
    return found


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def run(w: Array, sequence: Array) -> tuple[Array, list[Any]]:
    """The outputs of a layer at all steps, and what its derivative needs."""
    width = w.shape[1] // 4
    h, c, trace, outputs = np.zeros(width), np.zeros(width), [], []
    for x in sequence:
        read = np.concatenate([x, h, [1]])
        z = read @ w
        i, f, o = (sigmoid(z[k * width : (k + 1) * width]) for k in range(3))
        g = np.tanh(z[3 * width :])
        before, c = c, f * c + i * g
        h = o * np.tanh(c)
        trace.append((read, i, f, o, g, before, c))
        outputs.append(h)
    return np.array(outputs), trace


def back(w: Array, trace: list[Any], slopes: Array) -> tuple[Array, Array]:
    """From the gradients of a layer's outputs to those of W and of what it has read."""
    width = w.shape[1] // 4
    dw, dc, dh, below = np.zeros_like(w), np.zeros(width), np.zeros(width), []
    for (read, i, f, o, g, before, c), slope in zip(reversed(trace), slopes[::-1], strict=True):
        dh = dh + slope
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        dz = np.concatenate(
            [dc * g * i * (1 - i), dc * before * f * (1 - f), dh * np.tanh(c) * o * (1 - o), dc * i * (1 - g**2)]
        )
        dw += np.outer(read, dz)
        dread = w @ dz
        features = len(read) - width - 1
        below.append(dread[:features])
        dh, dc = dread[features:-1], dc * f
    return dw, np.array(below[::-1])


def logits(x: Array, sample: Array, network: Network) -> tuple[Array, list[Any]]:
    steps, features, _, _ = network
    *layers, v = arrays(x, network)
    sequence, traces = np.asarray(sample, np.float64).reshape(steps, features), []
    for w in layers:
        sequence, trace = run(w, sequence)
        traces.append(trace)
    kept = np.append(sequence[-1], 1)
    return kept @ v, [*traces, kept]


def loss(x: Array, inputs: Array, labels: Array, network: Network, decay: float = 0.0) -> float:
    z = np.array([logits(x, sample, network)[0] for sample in inputs])
    mean = -np.log(twins.softmax(z)[np.arange(len(labels)), labels]).mean()
    return float(mean + decay / 2 * np.sum(np.square(x, dtype=np.float64)))


def gradient(x: Array, inputs: Array, labels: Array, network: Network, decay: float = 0.0) -> Array:
    total = decay * np.asarray(x, np.float64)
    for sample, label in zip(inputs, labels, strict=True):
        z, (*traces, kept) = logits(x, sample, network)
        delta = (twins.softmax(z[None])[0] - np.eye(network[2])[label]) / len(labels)
        *layers, v = arrays(x, network)
        parts = [np.outer(kept, delta)]
        slopes = np.zeros((network[0], network[3][-1]))
        slopes[-1] = (v @ delta)[:-1]
        for w, trace in zip(reversed(layers), reversed(traces), strict=True):
            dw, slopes = back(w, trace, slopes)
            parts.insert(0, dw)
        total = total + np.concatenate([part.ravel() for part in parts])
    return total


@dataclass
class Case:
    """A network, its data and a mini-batch."""

    network: Network
    x: Array
    inputs: Array
    labels: Array
    index: Array


def case(network: Network, batch: int, samples: int = 40) -> Case:
    """Draw a case: weights of about the size that they begin with, inputs in [0, 1)."""
    steps, features, classes, widths = network
    draw = np.random.default_rng([steps, features, classes, *widths, batch])
    x = np.concatenate([(draw.standard_normal(shape) / np.sqrt(shape[0])).ravel() for shape in shapes(network)])
    return Case(
        network,
        x.astype(np.float32),
        draw.random((samples, steps * features), dtype=np.float32),
        draw.integers(0, classes, samples),
        draw.integers(0, samples, batch),
    )

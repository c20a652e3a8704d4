"""Convolutional networks in float64 NumPy, slow and obvious; shares no code with the kernels.

A network is (image, convolutions, dense): sizes (rows, columns, channels), a list of (kernel, filters, pool), widths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import twins


def shapes(network):
    """Shapes of weights and biases, in the order of the parameter vector."""
    (rows, columns, channels), convolutions, dense = network
    result = []
    for kernel, filters, pool in convolutions:
        result += [(kernel, kernel, channels, filters), (filters,)]
        channels = filters
        if pool:
            rows, columns = rows // 2, columns // 2
    width = rows * columns * channels
    for fan_out in dense:
        result += [(width, fan_out), (fan_out,)]
        width = fan_out
    return result


def arrays(x, network):
    """The parameter vector cut into arrays."""
    x, start, result = np.asarray(x, dtype=np.float64), 0, []
    for shape in shapes(network):
        result.append(x[start : start + np.prod(shape)].reshape(shape))
        start += np.prod(shape)
    assert start == len(x)
    return result


def shifted(images, border, down, right):
    """Images seen from a place in their windows: moved up and left by (down, right) - border, zeros coming in."""
    count, rows, columns, channels = images.shape
    padded = np.zeros((count, rows + 2 * border, columns + 2 * border, channels))
    padded[:, border : border + rows, border : border + columns] = images
    return padded[:, down : down + rows, right : right + columns]


def convolved(images, weights, bias):
    kernel = len(weights)
    places = [(down, right) for down in range(kernel) for right in range(kernel)]
    return bias + sum(shifted(images, kernel // 2, *place) @ weights[place] for place in places)


def squares(images):
    """The four values of each 2 x 2 square along a last axis; odd last rows and columns left out."""
    count, rows, columns, channels = images.shape
    cut = images[:, : rows // 2 * 2, : columns // 2 * 2]
    parts = cut.reshape(count, rows // 2, 2, columns // 2, 2, channels)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(count, rows // 2, columns // 2, channels, 4)


def unsquared(fours, shape):
    """The inverse of `squares`; zero where it left something out."""
    count, rows, columns, channels = shape
    parts = fours.reshape(count, rows // 2, columns // 2, channels, 2, 2).transpose(0, 1, 4, 2, 5, 3)
    images = np.zeros(shape)
    images[:, : rows // 2 * 2, : columns // 2 * 2] = parts.reshape(count, rows // 2 * 2, columns // 2 * 2, channels)
    return images


def forward(x, inputs, network):
    """Logits, and of every layer what it read and what came out before any pooling."""
    image, convolutions, dense = network
    parts = iter(arrays(x, network))
    values, memory = np.asarray(inputs, dtype=np.float64).reshape(-1, *image), []
    for _, _, pool in convolutions:
        result = np.maximum(convolved(values, next(parts), next(parts)), 0)
        memory.append((values, result))
        values = squares(result).max(axis=-1) if pool else result
    for number in range(len(dense)):
        flat = values.reshape(len(values), -1)
        result = flat @ next(parts) + next(parts)
        memory.append((values, result))
        values = np.maximum(result, 0) if number < len(dense) - 1 else result
    return values, memory


def loss(x, inputs, labels, network, decay=0.0):
    """Mean cross-entropy plus decay / 2 |x|^2."""
    z, _ = forward(x, inputs, network)
    truth = twins.softmax(z)[np.arange(len(labels)), labels]
    return -np.log(truth).mean() + decay / 2 * np.sum(np.square(x, dtype=np.float64))


def gradient(x, inputs, labels, network, decay=0.0):
    """The gradient of `loss`, by the chain rule."""
    _, convolutions, dense = network
    z, memory = forward(x, inputs, network)
    weights = arrays(x, network)[0::2]
    delta, parts = (twins.softmax(z) - np.eye(dense[-1])[labels]) / len(labels), []
    for number in reversed(range(len(memory))):
        values, result = memory[number]
        if number >= len(convolutions):
            if number < len(memory) - 1:
                delta = delta * (result > 0)
            slope = values.reshape(len(values), -1).T @ delta
            parts = [slope.ravel(), delta.sum(axis=0), *parts]
            delta = (delta @ weights[number].T).reshape(values.shape)
            continue
        kernel, _, pool = convolutions[number]
        if pool:
            fours = squares(result)
            first = np.arange(4) == fours.argmax(axis=-1)[..., np.newaxis]
            delta = unsquared(first * delta[..., np.newaxis], result.shape)
        delta = delta * (result > 0)
        slope, back = np.zeros(weights[number].shape), np.zeros(values.shape)
        for down in range(kernel):
            for right in range(kernel):
                slope[down, right] = np.tensordot(shifted(values, kernel // 2, down, right), delta, ((0, 1, 2),) * 2)
                mirrored = kernel - 1 - down, kernel - 1 - right
                back += shifted(delta, kernel // 2, *mirrored) @ weights[number][down, right].T
        parts = [slope.ravel(), delta.sum(axis=(0, 1, 2)), *parts]
        delta = back
    return np.concatenate(parts) + decay * np.asarray(x, dtype=np.float64)


@dataclass
class Case:
    """A network, its data and a mini-batch."""

    network: tuple
    x: np.ndarray
    inputs: np.ndarray
    labels: np.ndarray
    index: np.ndarray


def case(network, batch, seed=0, samples=120):
    """Draw a case: weights of He's size, small biases, inputs in [0, 1)."""
    (rows, columns, channels), convolutions, dense = network
    draw = np.random.default_rng([seed, batch, rows, columns, channels, *dense, *np.ravel(convolutions).astype(int)])
    parts = []
    for weights, bias in zip(shapes(network)[0::2], shapes(network)[1::2], strict=True):
        scale = np.sqrt(2 / np.prod(weights[:-1]))
        parts += [scale * draw.standard_normal(np.prod(weights)), 0.1 * draw.standard_normal(np.prod(bias))]
    return Case(
        network,
        np.concatenate(parts).astype(np.float32),
        draw.random((samples, rows * columns * channels), dtype=np.float32),
        draw.integers(0, dense[-1], samples),
        draw.integers(0, samples, batch),
    )

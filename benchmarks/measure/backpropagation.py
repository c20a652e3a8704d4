"""Gradients in NumPy, written out: in float32 a contender, in float64 what all contenders are compared with.

Every product is an np.dot; a convolution unfolds its images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from measure.models import CNN, Case, split

Array = NDArray[np.floating]
#: What float32 cannot tell apart for certain, as a share of the standard deviation of a layer's sums: several times
#: what rounding puts into a sum of a hundred products (2^-24 times the root of their number).
NEAR = 2e-6


def softmax_gradient(logits: Array, labels: NDArray[np.int64]) -> Array:
    """Gradient of the mean cross-entropy with respect to the logits, in place."""
    logits -= logits.max(1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(1, keepdims=True)
    logits[np.arange(len(labels)), labels] -= 1
    logits /= len(labels)
    return logits


def dense(inputs: Array, labels: NDArray[np.int64], parameters: list[Array], gradient: list[Array]) -> None:
    """Gradient of an `MLP`, into the views `gradient`."""
    activations, layers = [inputs], len(parameters) // 2
    for layer in range(layers):
        z = activations[-1] @ parameters[2 * layer]
        z += parameters[2 * layer + 1]
        activations.append(np.maximum(z, 0, out=z) if layer < layers - 1 else z)
    delta = softmax_gradient(activations.pop(), labels)
    for layer in reversed(range(layers)):
        np.dot(activations[layer].T, delta, out=gradient[2 * layer])
        delta.sum(0, out=gradient[2 * layer + 1])
        if layer:
            delta = delta @ parameters[2 * layer].T
            delta *= activations[layer] > 0


def unfold(images: Array) -> Array:
    """The 3 x 3 surroundings of every pixel, ``[images * pixels, 9 * channels]``, zeros outside."""
    count, height, width, channels = images.shape
    padded = np.zeros((count, height + 2, width + 2, channels), images.dtype)
    padded[:, 1:-1, 1:-1] = images
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    return np.ascontiguousarray(windows.transpose(0, 1, 2, 4, 5, 3)).reshape(-1, 9 * channels)


def pool(images: Array) -> tuple[Array, NDArray[np.int64]]:
    """Maxima over 2 x 2 pixels, and which of the four they are (the first, where equal)."""
    corners = _corners(images)
    best = corners.argmax(-1)[..., None]
    return np.take_along_axis(corners, best, -1)[..., 0], best


def _corners(images: Array) -> Array:
    """The four pixels of every window that is pooled, ``[images, rows, columns, channels, 4]``."""
    count, height, width, channels = images.shape
    blocks = images.reshape(count, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 5, 2, 4)
    return blocks.reshape(count, height // 2, width // 2, channels, 4)


def spread(delta: Array, best: NDArray[np.int64]) -> Array:
    """The gradient of what was pooled: all of it at the maximum."""
    count, height, width, channels = delta.shape
    blocks = np.zeros((count, height, width, channels, 4), delta.dtype)
    np.put_along_axis(blocks, best, delta[..., None], -1)
    images = blocks.reshape(count, height, width, channels, 2, 2).transpose(0, 1, 4, 2, 5, 3)
    return images.reshape(count, 2 * height, 2 * width, channels)


def convolve(images: Array, kernel: Array, bias: Array) -> tuple[Array, Array]:
    """Convolution and ReLU; also the unfolded images, which its gradient needs."""
    unfolded = unfold(images)
    z = unfolded @ kernel.reshape(-1, len(bias))
    z += bias
    np.maximum(z, 0, out=z)
    return z.reshape(*images.shape[:3], -1), unfolded


def convolutional(
    inputs: Array, labels: NDArray[np.int64], parameters: list[Array], gradient: list[Array], side: int
) -> None:
    """Gradient of a `CNN`, into the views `gradient`."""
    kernel1, bias1, kernel2, bias2, weight, bias = parameters
    z, unfolded1 = convolve(inputs.reshape(-1, side, side, 1), kernel1, bias1)
    pooled1, best1 = pool(z)
    z, unfolded2 = convolve(pooled1, kernel2, bias2)
    pooled2, best2 = pool(z)
    features = pooled2.reshape(len(inputs), -1)
    delta = softmax_gradient(features @ weight + bias, labels)
    np.dot(features.T, delta, out=gradient[4])
    delta.sum(0, out=gradient[5])
    delta = (delta @ weight.T).reshape(pooled2.shape) * (pooled2 > 0)
    delta = spread(delta, best2)
    _of_kernel(unfolded2, delta, gradient[2], gradient[3])
    turned = np.ascontiguousarray(kernel2[::-1, ::-1].transpose(0, 1, 3, 2)).reshape(-1, len(bias1))
    delta = (unfold(delta) @ turned).reshape(pooled1.shape) * (pooled1 > 0)
    _of_kernel(unfolded1, spread(delta, best1), gradient[0], gradient[1])


def undecided(case: Case, inputs: Array, index: NDArray[np.int64], parameters: list[Array]) -> bool:
    """Whether a ReLU's input and zero, or two pixels of a pooling window, are nearer than float32 can tell.

    Then a contender may rightly take the other side, and its gradient is another one.
    """
    values, model = inputs.take(index, 0), case.model
    if not isinstance(model, CNN):
        for weight, bias in _layers(parameters)[:-1]:
            values = values @ weight + bias
            if (np.abs(values) < NEAR * values.std()).any():
                return True
            values = np.maximum(values, 0)
        return False
    values = values.reshape(-1, model.side, model.side, 1)
    for kernel, bias in _layers(parameters)[:-1]:
        sums = (unfold(values) @ kernel.reshape(-1, len(bias)) + bias).reshape(*values.shape[:3], -1)
        *_, second, first = np.moveaxis(np.sort(_corners(sums)), -1, 0)
        near, gap = NEAR * sums.std(), first - second
        if ((np.abs(first) < near) | ((first > 0) & (gap > 0) & (gap < near))).any():
            return True
        values = np.maximum(first, 0)
    return False


def _layers(parameters: list[Array]) -> list[tuple[Array, Array]]:
    """Weights and bias of every layer."""
    return list(zip(parameters[::2], parameters[1::2], strict=True))


def _of_kernel(unfolded: Array, delta: Array, kernel: Array, bias: Array) -> None:
    rows = delta.reshape(-1, len(bias))
    np.dot(unfolded.T, rows, out=kernel.reshape(-1, len(bias)))
    rows.sum(0, out=bias)


def gradients(case: Case, dtype: type[np.floating]) -> tuple[Array, list[tuple[list[Array], list[Array]]]]:
    """Zeros ``[workers, d]`` for the gradients, and each worker's parameters and gradient as views by layer."""
    parameters = case.parameters.astype(dtype)
    out, shapes = np.zeros_like(parameters), case.model.shapes
    return out, [(split(x, shapes), split(g, shapes)) for x, g in zip(parameters, out, strict=True)]


def compute(case: Case, inputs: Array, index: NDArray[np.int64], layers: tuple[list[Array], list[Array]]) -> None:
    """One worker's gradient on the samples `index`."""
    batch, labels = inputs.take(index, 0), case.labels.take(index)
    if isinstance(case.model, CNN):
        convolutional(batch, labels, *layers, case.model.side)
    else:
        dense(batch, labels, *layers)

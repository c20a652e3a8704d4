"""Multi-layer perceptrons with ReLU hidden layers and softmax cross-entropy on top, of any depth and widths.

A layer's weights (fan_in x fan_out, row-major) and bias lie one after the other in the parameter vector, so together
they are one matrix of fan_in + 1 rows, and an activation is kept with a last column of ones: forward is one product per
layer, and so is the gradient of weights and bias. `layout` = the widths; two of them make softmax regression.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numba import float32, float64, int64, types, void

from kernels.contract import EVALUATE, GRADIENT
from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.matmul import GATE, PLAIN, RELU, TILE_COLUMNS, matmul
from kernels.matrix import Float32, matrix
from kernels.softmax import cross_entropy, softmax_gradient
from kernels.transpose import transpose

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: Samples that `evaluate` takes at a time.
BLOCK = 32


def parameters(layout: npt.ArrayLike) -> int:
    """Number of parameters of an MLP with these widths.

    Raises
    ------
    ValueError
        If there are fewer than two widths, or one is not positive.
    """
    widths = [int(width) for width in np.asarray(layout).ravel()]
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"layout: needs two or more positive widths, got {widths}; give inputs, hidden ..., classes")
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))


def scratch_size(layout: npt.ArrayLike, batch: int) -> int:
    """Elements of the scratch that `gradient` (up to `batch` samples) and `evaluate` need."""
    widths = [int(width) for width in np.asarray(layout).ravel()]
    rows = max(batch, BLOCK)
    activations = rows * sum(_stride(width) for width in widths)
    return LANES + _blocks(rows) + activations + _blocks(max(widths)) * TILE_COLUMNS


def initialise(layout: npt.ArrayLike, generator: np.random.Generator) -> Float32:
    """Draw starting parameters: weights N(0, 2 / fan_in), biases zero.

    Returns
    -------
    float32 [d]
        The parameter vector.

    References
    ----------
    He, Zhang, Ren, Sun, "Delving deep into rectifiers" (ICCV 2015), equation 10.
    """
    x = np.zeros(parameters(layout), dtype=np.float32)
    widths, start = [int(width) for width in np.asarray(layout).ravel()], 0
    for fan_in, fan_out in pairwise(widths):
        x[start : start + fan_in * fan_out] = generator.standard_normal(fan_in * fan_out) * math.sqrt(2 / fan_in)
        start += (fan_in + 1) * fan_out
    return x


@kernel(int64(int64))
def _blocks(size: int) -> int:
    """Round up to a multiple of a vector's length."""
    return (size + LANES - 1) // LANES * LANES


@kernel(int64(int64))
def _stride(width: int) -> int:
    """Elements from one row of an activation to the next: its width, the one, and what fills a vector."""
    return _blocks(width + 1)


@kernel(int64(float32[::1]))
def _aligned(scratch: Float32) -> int:
    """The first element of the scratch that begins a cache line (64 bytes)."""
    return (-scratch.ctypes.data % 64) // 4


@kernel(void(float32[:, ::1], float32[::1], int64, float32[::1], int64, int64, int64))
def _take(inputs: Float32, targets: Float32, sample: int, scratch: Float32, row: int, rows: int, start: int) -> None:
    """Copy one sample to row `row` of the first activation, and its label before the activations."""
    width = inputs.shape[1]
    activation = start + _blocks(rows)
    copy_row(inputs, sample, matrix(scratch, activation, rows, width, _stride(width)), row)
    scratch[activation + row * _stride(width) + width] = float32(1)
    scratch[start + row] = targets[sample]


@kernel(types.UniTuple(int64, 2)(float32[::1], int64[::1], int64, float32[::1], int64))
def _forward(x: Float32, layout: Int64, rows: int, scratch: Float32, start: int) -> tuple[int, int]:
    """Compute every activation from the first; return where the logits lie, and where the parameters end."""
    weight, activation = 0, start + _blocks(rows)
    last = layout.shape[0] - 2
    for layer in range(last + 1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        a = matrix(scratch, activation, rows, fan_in + 1, _stride(fan_in))
        w = matrix(x, weight, fan_in + 1, fan_out, fan_out)
        activation += rows * _stride(fan_in)
        weight += (fan_in + 1) * fan_out
        z = matrix(scratch, activation, rows, fan_out, _stride(fan_out))
        matmul(a, w, z, RELU if layer < last else PLAIN)
        for row in range(rows):
            scratch[activation + row * _stride(fan_out) + fan_out] = float32(1)
    return activation, weight


@kernel(void(float32[::1], int64, int64, float32[:, :], float32[::1], int64, int64))
def _to_inputs(
    x: Float32, weight: int, fan_in: int, delta: Float32, scratch: Float32, activation: int, panel: int
) -> None:
    """The gradient delta W^T of a layer's inputs, gated by them, in place: a strip of W is transposed at a time."""
    rows, fan_out = delta.shape
    turned = matrix(scratch, panel, _blocks(fan_out), TILE_COLUMNS, TILE_COLUMNS)
    for first in range(0, fan_in, TILE_COLUMNS):
        columns = min(TILE_COLUMNS, fan_in - first)
        transpose(matrix(x, weight + first * fan_out, columns, fan_out, fan_out), turned)
        inputs = matrix(scratch, activation + first, rows, columns, _stride(fan_in))
        matmul(delta, matrix(scratch, panel, fan_out, columns, TILE_COLUMNS), inputs, GATE)


@kernel(void(float32[::1], float32[::1], int64[::1], int64, float32[::1], int64, int64))
def _backward(
    x: Float32, out: Float32, layout: Int64, rows: int, scratch: Float32, activation: int, weight: int
) -> None:
    """From the gradient of the logits, at `activation`, to that of the parameters, which end at `weight`.

    The gradient of an activation replaces it, once the weights' gradient has been taken from it.
    """
    last = layout.shape[0] - 2
    panel = activation + rows * _stride(layout[last + 1])
    for layer in range(last, -1, -1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        delta = matrix(scratch, activation, rows, fan_out, _stride(fan_out))
        activation -= rows * _stride(fan_in)
        weight -= (fan_in + 1) * fan_out
        a = matrix(scratch, activation, rows, fan_in + 1, _stride(fan_in))
        matmul(a.T, delta, matrix(out, weight, fan_in + 1, fan_out, fan_out), PLAIN)
        if layer > 0:
            _to_inputs(x, weight, fan_in, delta, scratch, activation, panel)


@kernel(int64(float32[:, :], float32[:]))
def _hits(logits: Float32, labels: Float32) -> int:
    """Rows whose largest logit is that of their label."""
    hits = 0
    for row in range(logits.shape[0]):
        if np.argmax(logits[row]) == int(labels[row]):
            hits += 1
    return hits


@kernel(float64(float32[::1], int64))
def _square(x: Float32, size: int) -> float:
    """|x|^2 of the first `size` elements."""
    total = 0.0
    for i in range(size):
        total += float64(x[i]) * float64(x[i])
    return total


@kernel(GRADIENT["float32"])
def gradient(
    x: Float32,
    out: Float32,
    index: Int64,
    key: int,
    inputs: Float32,
    targets: Float32,
    layout: Int64,
    settings: Float64,
    scratch: Float32,
) -> None:
    """Mean gradient of the loss over a mini-batch (the gradient contract of `kernels.contract`).

    Parameters
    ----------
    x : float32 [>= d]
        Parameters, d = parameters(layout).
    out : float32 [>= d]
        Receives the gradient in its first d elements; the others are left alone.
    index : int64 [batch]
        The samples of the mini-batch: rows of `inputs`. Repetitions count. Not checked.
    key
        Not used: the gradient of a mini-batch is not random.
    inputs, targets : float32 [n, layout[0]], float32 [n]
        The data; a target is a class number below layout[-1]. Not checked.
    layout : int64 [layers + 1]
        The widths.
    settings : float64 [1]
        The L2 coefficient l: l x is added to the gradient (0: nothing is).
    scratch : float32 [scratch_size(layout, batch)]
        Overwritten. Every call starts from its arguments alone, so its contents do not matter.
    """
    rows, start = index.shape[0], _aligned(scratch)
    for row in range(rows):
        _take(inputs, targets, index[row], scratch, row, rows, start)
    activation, size = _forward(x, layout, rows, scratch, start)
    logits = matrix(scratch, activation, rows, layout[-1], _stride(layout[-1]))
    softmax_gradient(logits, scratch[start : start + rows], float32(1 / rows))
    _backward(x, out, layout, rows, scratch, activation, size)
    decay = float32(settings[0])
    if decay != 0:
        for i in range(size):
            out[i] += decay * x[i]


@kernel(EVALUATE["float32"])
def evaluate(
    x: Float32,
    inputs: Float32,
    targets: Float32,
    layout: Int64,
    settings: Float64,
    scratch: Float32,
    measures: Float64,
) -> None:
    """Mean loss and accuracy over a whole data set (arguments as in `gradient`).

    Parameters
    ----------
    measures : float64 [2]
        Receives the mean cross-entropy plus l / 2 |x|^2, and the share of samples whose largest logit (the first, if
        several are equal) is that of their class.
    """
    start, samples = _aligned(scratch), inputs.shape[0]
    loss, hits, size = 0.0, 0, 0
    for first in range(0, samples, BLOCK):
        rows = min(BLOCK, samples - first)
        for row in range(rows):
            _take(inputs, targets, first + row, scratch, row, rows, start)
        activation, size = _forward(x, layout, rows, scratch, start)
        logits = matrix(scratch, activation, rows, layout[-1], _stride(layout[-1]))
        labels = scratch[start : start + rows]
        hits += _hits(logits, labels)
        loss += cross_entropy(logits, labels)
    decay = settings[0]
    measures[0] = loss / samples + (decay / 2 * _square(x, size) if decay != 0 else 0.0)
    measures[1] = hits / samples

"""Long short-term memory: sequences read step by step by any number of layers, and classified by what the last keeps.

At each step t a layer has z = [x_t, h_(t-1), 1] W, whose four blocks of columns are the gates i, f, o and the candidate
g; c_t = f c_(t-1) + i g and h_t = o tanh(c_t), where i, f and o go through a sigmoid, g through a tanh. What the last
layer has at the last step goes through one dense layer, [h, 1] V, to the logits.

All steps of a mini-batch lie below each other: row t B + b is sample b at step t. So each step is one product for all
samples, and the gradient of a layer's weights is one product for all steps.

`layout` = [steps, features, classes, widths of the layers ...]; `settings` = [L2 coefficient]. A layer's W has
inputs + width + 1 rows of 4 width elements, V has width + 1 rows; they follow each other in the parameter vector.

References
----------
Hochreiter, Schmidhuber, "Long short-term memory" (Neural Computation 9, 1997); with the forget gate of Gers,
Schmidhuber, Cummins, "Learning to forget" (Neural Computation 12, 2000), equations 3 to 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import float32, int64, types, void

from kernels.contract import EVALUATE, GRADIENT
from kernels.decay import add_decay, penalty
from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.lstm_layer import WIDTHS, end_of, layer_of, read, stride_of, unread
from kernels.matmul import matmul
from kernels.matrix import Float32, matrix
from kernels.score import add_score, mean_score
from kernels.scratch import aligned, blocks
from kernels.softmax import softmax_gradient
from kernels.tile import PLAIN
from kernels.transpose import transpose

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: Samples that `evaluate` takes at a time.
BLOCK = 32


def layout(steps: int, features: int, classes: int, widths: Sequence[int]) -> Int64:
    """Write what the kernels call `layout`.

    Parameters
    ----------
    steps, features
        Length of a sequence, and numbers at each of its steps, >= 1.
    classes
        Number of classes, >= 1.
    widths
        Of the layers, at least one, each >= 1 (units).

    Raises
    ------
    ValueError
        If one is not positive, or there is no layer.
    """
    numbers = [int(each) for each in (steps, features, classes, *widths)]
    if len(numbers) <= WIDTHS or min(numbers) < 1:
        raise ValueError(
            f"layout: needs positive numbers and a layer, got {numbers}; give steps, features, classes, widths"
        )
    return np.array(numbers, np.int64)


def scratch_size(layout: npt.ArrayLike, batch: int) -> int:
    """Elements of the scratch that `gradient` (up to `batch` samples) and `evaluate` need."""
    numbers, rows = np.asarray(layout, np.int64), max(batch, BLOCK)
    return int(LANES + _after(numbers, rows) + _dense(numbers, rows))


def parameters(layout: npt.ArrayLike) -> int:
    """Number of parameters."""
    numbers = np.asarray(layout, np.int64)
    last = layer_of(numbers, 1, 0, len(numbers) - WIDTHS - 1)
    return int(end_of(last) + (last.width + 1) * numbers[2])


def initialise(layout: npt.ArrayLike, generator: np.random.Generator) -> Float32:
    """Draw starting parameters: weights N(0, 1 / fan_in), biases zero, but for those of the forget gates, which are 1.

    Returns
    -------
    float32 [d]
        The parameter vector.

    References
    ----------
    Jozefowicz, Zaremba, Sutskever, "An empirical exploration of recurrent network architectures" (ICML 2015), section
    4, on the forget gates.
    """
    numbers = np.asarray(layout, np.int64)
    x = np.zeros(parameters(numbers), np.float32)
    last = 0
    for number in range(len(numbers) - WIDTHS):
        layer = layer_of(numbers, 1, 0, number)
        rows = layer.fan_in + layer.width
        drawn = generator.standard_normal((rows, 4 * layer.width)) / math.sqrt(rows)
        w = x[layer.weights : end_of(layer)].reshape(rows + 1, -1)
        w[:-1], w[-1, layer.width : 2 * layer.width] = drawn, 1.0
        last = end_of(layer)
    v = x[last:].reshape(-1, numbers[2])
    v[:-1] = generator.standard_normal((len(v) - 1, numbers[2])) / math.sqrt(len(v) - 1)
    return x


@kernel(int64(int64[::1], int64))
def _after(layout: Int64, rows: int) -> int:
    """Elements that all layers take, and the targets before them."""
    last = layer_of(layout, rows, 0, layout.shape[0] - WIDTHS - 1)
    return int(last.outputs + rows * layout[0] * blocks(last.width))


@kernel(int64(int64[::1], int64))
def _dense(layout: Int64, rows: int) -> int:
    """Elements that are needed behind the layers: [h, 1], logits, what is carried back in time, and W turned."""
    widest = 0
    for number in range(layout.shape[0] - WIDTHS):
        layer = layer_of(layout, rows, 0, number)
        widest = max(widest, blocks(4 * layer.width) * blocks(layer.fan_in + layer.width))
    last = layout[layout.shape[0] - 1]
    widest = max(widest, blocks(layout[2]) * blocks(last))
    most = last
    for number in range(WIDTHS, layout.shape[0]):
        most = max(most, layout[number])
    return int(rows * (blocks(last + 1) + blocks(layout[2]) + 2 * blocks(most)) + widest)


@kernel(void(float32[:, ::1], float32[::1], int64, int64[::1], float32[::1], int64, int64, int64))
def _take(
    inputs: Float32, targets: Float32, sample: int, layout: Int64, scratch: Float32, row: int, rows: int, start: int
) -> None:
    """Copy one sample, a row for each step, to the first layer's inputs, and its target before the layers."""
    first, features = layer_of(layout, rows, start, 0), layout[1]
    pieces = matrix(inputs.reshape(inputs.size), sample * inputs.shape[1], layout[0], features, features)
    target = matrix(scratch, first.inputs, layout[0] * rows, features, stride_of(first))
    for step in range(layout[0]):
        copy_row(pieces, step, target, step * rows + row)
    scratch[start + row] = targets[sample]


@kernel(types.UniTuple(int64, 2)(float32[::1], int64[::1], int64, float32[::1], int64))
def _forward(x: Float32, layout: Int64, rows: int, scratch: Float32, start: int) -> tuple[int, int]:
    """Read all steps; return where [h, 1] and where the logits lie."""
    steps, classes, layers = layout[0], layout[2], layout.shape[0] - WIDTHS
    kept = start + _after(layout, rows)
    for number in range(layers):
        layer = layer_of(layout, rows, start, number)
        if number + 1 < layers:
            upper = layer_of(layout, rows, start, number + 1)
            above = matrix(scratch, upper.inputs, steps * rows, layer.width, stride_of(upper))
        else:
            above = matrix(scratch, kept, rows, layer.width, blocks(layer.width + 1))
        read(x, layer, steps, rows, scratch, above)
    last = layer_of(layout, rows, start, layers - 1)
    a = matrix(scratch, kept, rows, last.width + 1, blocks(last.width + 1))
    a[:, last.width] = float32(1)
    logits = kept + rows * blocks(last.width + 1)
    out = matrix(scratch, logits, rows, classes, blocks(classes))
    matmul(a, matrix(x, end_of(last), last.width + 1, classes, classes), out, PLAIN, out[:0])
    return kept, logits


@kernel(void(float32[::1], float32[::1], int64[::1], int64, float32[::1], int64, int64, int64, float32[::1]))
def _backward(
    x: Float32,
    out: Float32,
    layout: Int64,
    rows: int,
    scratch: Float32,
    start: int,
    kept: int,
    logits: int,
    ahead: Float32,
) -> None:
    """From the gradient of the logits to that of the parameters."""
    steps, classes, last = layout[0], layout[2], layout.shape[0] - WIDTHS - 1
    top = layer_of(layout, rows, start, last)
    width, end, spare = top.width, end_of(top), logits + rows * blocks(classes)
    turned = spare
    for number in range(last + 1):
        turned = max(turned, spare + 2 * rows * blocks(layout[WIDTHS + number]))
    delta = matrix(scratch, logits, rows, classes, blocks(classes))
    a = matrix(scratch, kept, rows, width + 1, blocks(width + 1))
    dense = matrix(out, end, width + 1, classes, classes)
    matmul(a.T, delta, dense, PLAIN, matrix(ahead, end, width + 1, classes, classes))
    matrix(scratch, top.outputs, steps * rows, width, blocks(width))[:] = float32(0)
    v = matrix(scratch, turned, blocks(classes), blocks(width), blocks(width))
    transpose(matrix(x, end, width, classes, classes), v)
    h = matrix(scratch, top.outputs + (steps - 1) * rows * blocks(width), rows, width, blocks(width))
    matmul(delta, v[:classes, :width], h, PLAIN, h[:0])
    for number in range(last, -1, -1):
        layer = layer_of(layout, rows, start, number)
        depth, wide = layer.fan_in + layer.width, 4 * layer.width
        w = matrix(scratch, turned, blocks(wide), blocks(depth), blocks(depth))
        transpose(matrix(x, layer.weights, depth, wide, wide), w)
        unread(x, layer, steps, rows, scratch, spare, turned)
        a = matrix(scratch, layer.inputs, steps * rows, depth + 1, stride_of(layer))
        z = matrix(scratch, layer.gates, steps * rows, wide, blocks(wide))
        slopes = matrix(out, layer.weights, depth + 1, wide, wide)
        matmul(a.T, z, slopes, PLAIN, matrix(ahead, layer.weights, depth + 1, wide, wide))
        if number > 0:
            lower = layer_of(layout, rows, start, number - 1)
            below = matrix(scratch, lower.outputs, steps * rows, lower.width, blocks(lower.width))
            matmul(z, w[:wide, : lower.width], below, PLAIN, below[:0])


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
    ahead: Float32,
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
    inputs, targets : float32 [n, steps * features], float32 [n]
        The sequences, one step after the other, and class numbers. Not checked.
    layout : int64 [3 + layers]
        Steps, features, classes, widths.
    settings : float64 [1]
        The L2 coefficient l (l x is added to the gradient; 0: nothing is).
    scratch : float32 [scratch_size(layout, batch)]
        Overwritten. Every call starts from its arguments alone, so its contents do not matter.
    ahead : float32 [>= d]
        The parameters of the next gradient, fetched into the cache meanwhile.
    """
    rows, start = index.shape[0], aligned(scratch)
    for row in range(rows):
        _take(inputs, targets, index[row], layout, scratch, row, rows, start)
    kept, logits = _forward(x, layout, rows, scratch, start)
    outputs = matrix(scratch, logits, rows, layout[2], blocks(layout[2]))
    softmax_gradient(outputs, scratch[start : start + rows], float32(1 / rows))
    _backward(x, out, layout, rows, scratch, start, kept, logits, ahead)
    last = layer_of(layout, rows, start, layout.shape[0] - WIDTHS - 1)
    add_decay(x, end_of(last) + (last.width + 1) * layout[2], settings[0], out)


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
    """Mean loss and accuracy over a whole data set.

    Parameters
    ----------
    x, inputs, targets, layout, settings, scratch
        As in `gradient`.
    measures : float64 [2]
        Receives the mean loss plus l / 2 |x|^2, and the share of samples whose largest logit (the first, if several are
        equal) is that of their class.
    """
    start, samples = aligned(scratch), inputs.shape[0]
    last = layer_of(layout, 1, 0, layout.shape[0] - WIDTHS - 1)
    size = end_of(last) + (last.width + 1) * layout[2]
    measures[:] = 0
    for first in range(0, samples, BLOCK):
        rows = min(BLOCK, samples - first)
        for row in range(rows):
            _take(inputs, targets, first + row, layout, scratch, row, rows, start)
        _, logits = _forward(x, layout, rows, scratch, start)
        outputs = matrix(scratch, logits, rows, layout[2], blocks(layout[2]))
        add_score(outputs, scratch[start : start + rows], False, measures)
    mean_score(samples, False, penalty(x, size, settings[0]), measures)

"""The Hessian of a multi-layer perceptron's loss times a vector, exactly: no difference, so that no kink is met.

Every quantity of the forward and of the backward pass has beside it its derivative along v, R{.} (Pearlmutter, "Fast
exact multiplication by the Hessian", Neural Computation 6(1), 1994). Activations a and R{a} lie one below the other,
the gradients of outputs the other way round, R{d} above d, so that one product has both terms of the weights' gradient,
R{a'd} = a'R{d} + R{a}'d. Where a unit is rectified it is straight on either side: the kink itself has no curvature.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numba import float32, int64, types, void

from kernels.contract import PRODUCT
from kernels.decay import add_decay
from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.matmul import matmul
from kernels.matrix import Float32, matrix
from kernels.mlp import ACTIVATIONS, LOSSES, code, stride, to_inputs
from kernels.scratch import aligned, blocks
from kernels.softmax import softmax_gradient
from kernels.squared import squared_gradient
from kernels.tanh import tanh_row
from kernels.tile import PLAIN, TILE_COLUMNS

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

_TANH, _SQUARED_ERROR = ACTIVATIONS.index("tanh"), LOSSES.index("squared_error")


@kernel(types.UniTuple(int64, 3)(int64[::1]))
def _sizes(layout: Int64) -> tuple[int, int, int]:
    """Elements of a row of all activations, and of the widest; elements that a strip of transposed weights needs."""
    total = widest = widths = 0
    for k in range(layout.shape[0]):
        width = layout[k]
        total += stride(width)
        widest, widths = max(widest, stride(width)), max(widths, width)
    return total, widest, blocks(widths) * TILE_COLUMNS


@kernel(int64(int64[::1], int64))
def _rows(layout: Int64, size: int) -> int:
    """Samples that are taken at a time in so many elements: at least one in the scratch of `kernels.mlp`."""
    total, widest, panel = _sizes(layout)
    return max(1, (size - panel - 2 * LANES) // (1 + 2 * total + 5 * widest))


@kernel(void(float32[:, ::1], float32[::1], int64, int64, float32[::1], int64))
def _take(inputs: Float32, targets: Float32, first: int, rows: int, scratch: Float32, start: int) -> None:
    """Copy samples to the first activation, whose derivative is 0, and their targets before it."""
    width = inputs.shape[1]
    a = matrix(scratch, start + blocks(rows), 2 * rows, width + 1, stride(width))
    for row in range(rows):
        copy_row(inputs, first + row, a[:, :width], row)
        a[row, width] = float32(1)
        a[rows + row, :] = float32(0)
        scratch[start + row] = targets[first + row]


@kernel(void(float32[:, :], float32[:, :], int64))
def _activate(z: Float32, along: Float32, activation: int) -> None:
    """From z above what R{z} has of the weights to a above R{a}; `along` is what R{z} has of their derivatives.

    The activation's code, or -1: a = z.
    """
    rows = along.shape[0]
    for row in range(rows):
        if activation == _TANH:
            tanh_row(z, row)
        for j in range(along.shape[1]):
            a, derivative = z[row, j], z[rows + row, j] + along[row, j]
            if activation == _TANH:
                derivative *= float32(1) - a * a
            elif activation >= 0 and a <= 0:
                z[row, j] = derivative = float32(0)
            z[rows + row, j] = derivative


@kernel(types.UniTuple(int64, 2)(float32[::1], float32[::1], int64[::1], int64, int64, float32[::1], int64, int64))
def _forward(
    x: Float32, v: Float32, layout: Int64, activation: int, rows: int, scratch: Float32, begin: int, work: int
) -> tuple[int, int]:
    """Compute every activation and its derivative; return where the outputs lie, and where the parameters end."""
    weight, last = 0, layout.shape[0] - 2
    for layer in range(last + 1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        a = matrix(scratch, begin, 2 * rows, fan_in + 1, stride(fan_in))
        begin += 2 * rows * stride(fan_in)
        z = matrix(scratch, begin, 2 * rows, fan_out, stride(fan_out))
        along = matrix(scratch, work, rows, fan_out, stride(fan_out))
        matmul(a, matrix(x, weight, fan_in + 1, fan_out, fan_out), z, PLAIN, z[:0])
        matmul(a[:rows], matrix(v, weight, fan_in + 1, fan_out, fan_out), along, PLAIN, along[:0])
        _activate(z, along, activation if layer < last else -1)
        for row in range(2 * rows):
            scratch[begin + row * stride(fan_out) + fan_out] = float32(1 if row < rows else 0)
        weight += (fan_in + 1) * fan_out
    return begin, weight


@kernel(void(float32[:, :], float32[:], int64, float32, float32[:, :]))
def _differentiate(outputs: Float32, truth: Float32, loss: int, scale: float, delta: Float32) -> None:
    """From the outputs above their derivatives to R{d} above d, d the gradient of the loss times `scale`."""
    rows, width = outputs.shape[0] // 2, outputs.shape[1]
    if loss == _SQUARED_ERROR:
        squared_gradient(outputs[:rows], truth, float32(1))
    else:
        softmax_gradient(outputs[:rows], truth, float32(1))
    for row in range(rows):
        mean, label = float32(0), int(truth[row])
        if loss != _SQUARED_ERROR:
            for j in range(width):
                mean += (outputs[row, j] + float32(j == label)) * outputs[rows + row, j]
        for j in range(width):
            share = float32(1) if loss == _SQUARED_ERROR else outputs[row, j] + float32(j == label)
            delta[row, j] = scale * share * (outputs[rows + row, j] - mean)
            delta[rows + row, j] = scale * outputs[row, j]


@kernel(void(float32[:, :], float32[:, :], float32[:, :], types.boolean, float32[:, :]))
def _pass_on(a: Float32, turned: Float32, along: Float32, curved: bool, delta: Float32) -> None:
    """R{d} above d of a layer's inputs, of those by its weights, and what R{d} has of their derivatives."""
    rows = along.shape[0]
    for row in range(rows):
        for j in range(along.shape[1]):
            value, own = a[row, j], turned[rows + row, j]
            if curved:
                slope = float32(1) - value * value
                bend = float32(-2) * value * a[rows + row, j] * own
            else:
                slope, bend = float32(value > 0), float32(0)
            delta[row, j] = slope * (turned[row, j] + along[row, j]) + bend
            delta[rows + row, j] = slope * own


@kernel(void(float32[::1], float32[::1], float32[::1], int64[::1], int64, int64, float32[::1], int64, int64, int64))
def _backward(
    x: Float32,
    v: Float32,
    out: Float32,
    layout: Int64,
    activation: int,
    rows: int,
    scratch: Float32,
    begin: int,
    weight: int,
    work: int,
) -> None:
    """From R{d} above d of the outputs, at `work`, to the product of the parameters, which end at `weight`."""
    _, widest, _ = _sizes(layout)
    along_at, turned_at = work + 2 * rows * widest, work + 3 * rows * widest
    panel_at = turned_at + 2 * rows * widest
    for layer in range(layout.shape[0] - 2, -1, -1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        delta = matrix(scratch, work, 2 * rows, fan_out, stride(fan_out))
        begin -= 2 * rows * stride(fan_in)
        weight -= (fan_in + 1) * fan_out
        a = matrix(scratch, begin, 2 * rows, fan_in + 1, stride(fan_in))
        slopes = matrix(out, weight, fan_in + 1, fan_out, fan_out)
        matmul(a.T, delta, slopes, PLAIN, slopes[:0])
        if layer > 0:
            to_inputs(x, weight, fan_in, delta, scratch, turned_at, panel_at, PLAIN)
            to_inputs(v, weight, fan_in, delta[rows:], scratch, along_at, panel_at, PLAIN)
            turned = matrix(scratch, turned_at, 2 * rows, fan_in, stride(fan_in))
            along = matrix(scratch, along_at, rows, fan_in, stride(fan_in))
            _pass_on(a, turned, along, activation == _TANH, matrix(scratch, work, 2 * rows, fan_in, stride(fan_in)))


@kernel(PRODUCT["float32"])
def mlp_product(
    gradient: Callable[..., None],
    x: Float32,
    v: Float32,
    out: Float32,
    point: Float32,
    behind: Float32,
    inputs: Float32,
    targets: Float32,
    layout: Int64,
    settings: Float64,
    index: Int64,
    scratch: Float32,
) -> None:
    """Store the Hessian times v (the product contract of `kernels.contract`); other arguments as in `kernels.mlp`."""
    samples, activation, loss = targets.shape[0], code(settings, 1), code(settings, 2)
    total, _, _ = _sizes(layout)
    most = _rows(layout, scratch.shape[0] - out.shape[0])
    start, size = aligned(scratch), 0
    out[:] = 0.0
    for first in range(0, samples, most):
        rows = min(most, samples - first)
        begin = start + blocks(rows)
        work = begin + 2 * rows * total  # R{d} above d, then what their products with the weights need
        _take(inputs, targets, first, rows, scratch, start)
        at, size = _forward(x, v, layout, activation, rows, scratch, begin, work)
        outputs = matrix(scratch, at, 2 * rows, layout[-1], stride(layout[-1]))
        delta = matrix(scratch, work, 2 * rows, layout[-1], stride(layout[-1]))
        _differentiate(outputs, scratch[start : start + rows], loss, float32(1 / samples), delta)
        _backward(x, v, behind, layout, activation, rows, scratch, at, size, work)
        for j in range(size):
            out[j] += behind[j]
    add_decay(v, size, settings[0], out)

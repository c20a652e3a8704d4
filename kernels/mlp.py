"""Multi-layer perceptrons of any depth and widths: classification and regression, linear models included.

A layer's weights (fan_in x fan_out, row-major) and bias lie one after the other in the parameter vector, so together
they are one matrix of fan_in + 1 rows, and an activation is kept with a last column of ones: forward is one product per
layer, and so is the gradient of weights and bias.

`layout` = the widths, inputs first; two of them make a linear model. `settings` = [L2 coefficient, activation, loss],
where a code that is left out is 0: hidden layers have a ReLU (0) or a tanh (1); the loss is softmax cross-entropy (0),
a target being a class number, or half the squared error (1), a target being a number and the last width 1. The function
`settings` writes one from names.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numba import float32, float64, int64, types, void

from kernels.contract import EVALUATE, GRADIENT
from kernels.decay import add_decay, penalty
from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.matmul import matmul
from kernels.matrix import Float32, matrix
from kernels.score import add_score, mean_score
from kernels.scratch import aligned, blocks
from kernels.softmax import softmax_gradient
from kernels.squared import squared_gradient
from kernels.tanh import tanh_row
from kernels.tile import GATE, PLAIN, RELU, SLOPE, TILE_COLUMNS
from kernels.transpose import transpose

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: Samples that `evaluate` takes at a time.
BLOCK = 32

#: Hidden activations and losses, each in the order of its code in `settings`.
ACTIVATIONS = "relu", "tanh"
LOSSES = "cross_entropy", "squared_error"
_TANH, _SQUARED_ERROR = ACTIVATIONS.index("tanh"), LOSSES.index("squared_error")


def settings(l2: float = 0.0, activation: str = "relu", loss: str = "cross_entropy") -> Float64:
    """Write what the kernels call `settings`.

    Parameters
    ----------
    l2
        Coefficient l of the penalty l / 2 |x|^2 (no unit).
    activation
        One of ACTIVATIONS: what follows every layer but the last.
    loss
        One of LOSSES: what is minimised, in the mean over samples.

    Returns
    -------
    float64 [3]
        The coefficient and the two codes.

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: must be one of {', '.join(ACTIVATIONS)}, got {activation!r}; give one of them")
    if loss not in LOSSES:
        raise ValueError(f"loss: must be one of {', '.join(LOSSES)}, got {loss!r}; give one of them")
    return np.array([l2, ACTIVATIONS.index(activation), LOSSES.index(loss)], np.float64)


def parameters(layout: npt.ArrayLike) -> int:
    """Number of parameters of an MLP with these widths.

    Raises
    ------
    ValueError
        If there are fewer than two widths, or one is not positive.
    """
    widths = [int(width) for width in np.asarray(layout).ravel()]
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"layout: needs two or more positive widths, got {widths}; give inputs, hidden ..., outputs")
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))


def scratch_size(layout: npt.ArrayLike, batch: int) -> int:
    """Elements of the scratch that `gradient` (up to `batch` samples) and `evaluate` need."""
    widths = [int(width) for width in np.asarray(layout).ravel()]
    rows = max(batch, BLOCK)
    activations = rows * sum(stride(width) for width in widths)
    return int(LANES + blocks(rows) + activations + blocks(max(widths)) * TILE_COLUMNS)


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
def stride(width: int) -> int:
    """Elements from one row of an activation to the next: its width, the one, and what fills a vector."""
    return blocks(width + 1)


@kernel(int64(float64[::1], int64))
def code(settings: Float64, place: int) -> int:
    """A code of `settings`; 0 if it is left out."""
    return int(settings[place]) if place < settings.shape[0] else 0


@kernel(void(float32[:, ::1], float32[::1], int64, float32[::1], int64, int64, int64))
def _take(inputs: Float32, targets: Float32, sample: int, scratch: Float32, row: int, rows: int, start: int) -> None:
    """Copy one sample to row `row` of the first activation, and its target before the activations."""
    width = inputs.shape[1]
    activation = start + blocks(rows)
    copy_row(inputs, sample, matrix(scratch, activation, rows, width, stride(width)), row)
    scratch[activation + row * stride(width) + width] = float32(1)
    scratch[start + row] = targets[sample]


@kernel(types.UniTuple(int64, 2)(float32[::1], int64[::1], float64[::1], int64, float32[::1], int64))
def _forward(x: Float32, layout: Int64, settings: Float64, rows: int, scratch: Float32, start: int) -> tuple[int, int]:
    """Compute every activation from the first; return where the outputs lie, and where the parameters end."""
    curved = code(settings, 1) == _TANH
    weight, activation = 0, start + blocks(rows)
    last = layout.shape[0] - 2
    for layer in range(last + 1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        a = matrix(scratch, activation, rows, fan_in + 1, stride(fan_in))
        w = matrix(x, weight, fan_in + 1, fan_out, fan_out)
        activation += rows * stride(fan_in)
        weight += (fan_in + 1) * fan_out
        z = matrix(scratch, activation, rows, fan_out, stride(fan_out))
        matmul(a, w, z, RELU if layer < last and not curved else PLAIN, z[:0])
        for row in range(rows):
            if layer < last and curved:
                tanh_row(z, row)
            scratch[activation + row * stride(fan_out) + fan_out] = float32(1)
    return activation, weight


@kernel(void(float32[::1], int64, int64, float32[:, :], float32[::1], int64, int64, int64))
def to_inputs(
    x: Float32, weight: int, fan_in: int, delta: Float32, scratch: Float32, activation: int, panel: int, finish: int
) -> None:
    """The gradient delta W^T of a layer's inputs, by the derivative that `finish` makes of them, in place.

    A strip of W is transposed at a time.
    """
    rows, fan_out = delta.shape
    turned = matrix(scratch, panel, blocks(fan_out), TILE_COLUMNS, TILE_COLUMNS)
    for first in range(0, fan_in, TILE_COLUMNS):
        columns = min(TILE_COLUMNS, fan_in - first)
        transpose(matrix(x, weight + first * fan_out, columns, fan_out, fan_out), turned)
        inputs = matrix(scratch, activation + first, rows, columns, stride(fan_in))
        matmul(delta, matrix(scratch, panel, fan_out, columns, TILE_COLUMNS), inputs, finish, inputs[:0])


@kernel(void(float32[::1], float32[::1], int64[::1], float64[::1], int64, float32[::1], int64, int64, float32[::1]))
def _backward(
    x: Float32,
    out: Float32,
    layout: Int64,
    settings: Float64,
    rows: int,
    scratch: Float32,
    activation: int,
    weight: int,
    ahead: Float32,
) -> None:
    """From the gradient of the outputs, at `activation`, to that of the parameters, which end at `weight`.

    The gradient of an activation replaces it, once the weights' gradient has been taken from it.
    """
    last = layout.shape[0] - 2
    panel = activation + rows * stride(layout[last + 1])
    finish = SLOPE if code(settings, 1) == _TANH else GATE
    for layer in range(last, -1, -1):
        fan_in, fan_out = layout[layer], layout[layer + 1]
        delta = matrix(scratch, activation, rows, fan_out, stride(fan_out))
        activation -= rows * stride(fan_in)
        weight -= (fan_in + 1) * fan_out
        a = matrix(scratch, activation, rows, fan_in + 1, stride(fan_in))
        slopes = matrix(out, weight, fan_in + 1, fan_out, fan_out)
        matmul(a.T, delta, slopes, PLAIN, matrix(ahead, weight, fan_in + 1, fan_out, fan_out))
        if layer > 0:
            to_inputs(x, weight, fan_in, delta, scratch, activation, panel, finish)


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
    inputs, targets : float32 [n, layout[0]], float32 [n]
        The data; a target is a class number below layout[-1], or what the output should be. Not checked.
    layout : int64 [layers + 1]
        The widths.
    settings : float64 [1 to 3]
        The L2 coefficient l (l x is added to the gradient; 0: nothing is), the activation and the loss.
    scratch : float32 [scratch_size(layout, batch)]
        Overwritten. Every call starts from its arguments alone, so its contents do not matter.
    ahead : float32 [>= d]
        The parameters of the next gradient, fetched into the cache meanwhile.
    """
    rows, start = index.shape[0], aligned(scratch)
    for row in range(rows):
        _take(inputs, targets, index[row], scratch, row, rows, start)
    activation, size = _forward(x, layout, settings, rows, scratch, start)
    outputs = matrix(scratch, activation, rows, layout[-1], stride(layout[-1]))
    truth = scratch[start : start + rows]
    if code(settings, 2) == _SQUARED_ERROR:
        squared_gradient(outputs, truth, float32(1 / rows))
    else:
        softmax_gradient(outputs, truth, float32(1 / rows))
    _backward(x, out, layout, settings, rows, scratch, activation, size, ahead)
    add_decay(x, size, settings[0], out)


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
    """Mean loss, and accuracy or root mean square error, over a whole data set.

    Parameters
    ----------
    x, inputs, targets, layout, settings, scratch
        As in `gradient`.
    measures : float64 [2]
        Receives the mean loss plus l / 2 |x|^2, and the share of samples whose largest logit (the first, if several are
        equal) is that of their class; of a regression, the root of the mean of (prediction - target)^2.
    """
    start, samples, size = aligned(scratch), inputs.shape[0], 0
    regression = code(settings, 2) == _SQUARED_ERROR
    measures[:] = 0
    for first in range(0, samples, BLOCK):
        rows = min(BLOCK, samples - first)
        for row in range(rows):
            _take(inputs, targets, first + row, scratch, row, rows, start)
        activation, size = _forward(x, layout, settings, rows, scratch, start)
        outputs = matrix(scratch, activation, rows, layout[-1], stride(layout[-1]))
        add_score(outputs, scratch[start : start + rows], regression, measures)
    mean_score(samples, regression, penalty(x, size, settings[0]), measures)

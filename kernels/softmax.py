"""Softmax and cross-entropy over any number of classes, a row per sample.

The loss of a row of logits z with label y is log(sum_j exp(z_j)) - z_y; its gradient is softmax(z) - onehot(y). Class j
goes to partial sum j mod 16, and a fixed tree adds the sixteen: the order of addition is the same on every host.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, float64, int64, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand


class _Row:
    """Emits passes over one row of logits, sixteen classes at a time."""

    def __init__(self, context: Any, builder: Any, kind: Any, logits: Any, row: Any) -> None:
        matrix = Operand(context, builder, kind, logits)
        self.lanes = Lanes(builder)
        self.classes = matrix.columns
        self.start = matrix.address(row, self.lanes.size(0))

    def each(self, action: Any) -> None:
        """Emit action(address, first class, mask) for every block of sixteen classes."""
        lanes, builder = self.lanes, self.lanes.builder
        with cgutils.for_range_slice(builder, lanes.size(0), self.classes, lanes.size(LANES)) as (first, _):
            action(lanes.further(self.start, first), first, lanes.first(builder.sub(self.classes, first)))

    def exponentials(self) -> tuple[Any, Any]:
        """Replace z by exp(z - max z); return max z and the sum of the exponentials."""
        lanes, builder = self.lanes, self.lanes.builder
        largest, total = lanes.variable(-math.inf), lanes.variable(0.0)

        def compare(address: Any, first: Any, mask: Any) -> None:
            value = builder.select(mask, lanes.load(address, mask), lanes.constant(-math.inf))
            builder.store(lanes.larger(value, builder.load(largest)), largest)

        def exponentiate(address: Any, first: Any, mask: Any) -> None:
            value = lanes.exp(builder.fsub(lanes.load(address, mask), peaks))
            lanes.store(value, address, mask)
            value = builder.select(mask, value, lanes.constant(0.0))
            builder.store(builder.fadd(builder.load(total), value), total)

        self.each(compare)
        peak = lanes.fold(builder.load(largest), lanes.larger)
        peaks = lanes.splat(peak)
        self.each(exponentiate)
        return peak, lanes.fold(builder.load(total), builder.fadd)


def _emit_gradient(typing: Any, logits: Any, row: Any, label: Any, scale: Any) -> Any:
    """Emit the gradient of one row, in place."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        logits, row, label, scale = arguments
        passes = _Row(context, builder, signature.args[0], logits, row)
        lanes = passes.lanes
        _, total = passes.exponentials()
        factor, minus = lanes.splat(builder.fdiv(scale, total)), lanes.splat(builder.fneg(scale))

        def differentiate(address: Any, first: Any, mask: Any) -> None:
            target = builder.select(lanes.only(builder.sub(label, first)), minus, lanes.constant(0.0))
            lanes.store(lanes.fma(lanes.load(address, mask), factor, target), address, mask)

        passes.each(differentiate)
        return context.get_dummy_value()

    return void(logits, types.intp, types.intp, types.float32), emit


def _emit_normaliser(typing: Any, logits: Any, row: Any) -> Any:
    """Emit the two halves of log sum exp of one row, the largest logit and the sum of what is left, in place."""
    result = types.UniTuple(types.float32, 2)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        logits, row = arguments
        peak, total = _Row(context, builder, signature.args[0], logits, row).exponentials()
        return context.make_tuple(builder, result, (peak, total))

    return result(logits, types.intp), emit


def _portable_gradient(logits: Float32, row: int, label: int, scale: float) -> None:
    """The gradient of one row in NumPy."""
    _, total = _portable_normaliser(logits, row)
    logits[row] *= np.float32(scale) / total
    logits[row, label] -= np.float32(scale)


def _portable_normaliser(logits: Float32, row: int) -> tuple[float, float]:
    """The two halves of log sum exp in NumPy."""
    peak = logits[row].max()
    logits[row] = np.exp(logits[row] - peak)
    return peak, logits[row].sum()


_gradient_row: Callable[..., None] = _portable_gradient if DISABLE_JIT else intrinsic(_emit_gradient)
_normaliser: Callable[..., tuple[float, float]] = _portable_normaliser if DISABLE_JIT else intrinsic(_emit_normaliser)


@kernel(void(float32[:, :], float32[:], float32))
def softmax_gradient(logits: Float32, labels: Float32, scale: float) -> None:
    """Replace logits by the gradient of their loss, scale (softmax(z) - onehot(y)).

    Parameters
    ----------
    logits : float32 [rows, classes]
        Contiguous rows, at any distance.
    labels : float32 [rows]
        Class numbers.
    scale
        1 / rows makes it the gradient of the mean loss.
    """
    for row in range(logits.shape[0]):
        _gradient_row(logits, row, int(labels[row]), scale)


@kernel(float64(float32[:, :], float32[:]))
def cross_entropy(logits: Float32, labels: Float32) -> float:
    """The sum of the losses of all rows (arguments as in `softmax_gradient`). The logits are used up."""
    loss = 0.0
    for row in range(logits.shape[0]):
        truth = logits[row, int(labels[row])]
        peak, total = _normaliser(logits, row)
        loss += math.log(float64(total)) + (float64(peak) - float64(truth))
    return loss


@kernel(int64(float32[:, :], float32[:]))
def hits(logits: Float32, labels: Float32) -> int:
    """Rows whose largest logit (the first, if several are equal) is that of their label."""
    count = 0
    for row in range(logits.shape[0]):
        if np.argmax(logits[row]) == int(labels[row]):
            count += 1
    return count

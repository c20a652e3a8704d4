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
    """Emits passes over one row of logits, sixteen classes at a time.

    The first sixteen, most often all, stay in a register: to read again what was stored under a mask costs as much as
    the exponential.
    """

    def __init__(self, context: Any, builder: Any, kind: Any, logits: Any, row: Any) -> None:
        matrix = Operand(context, builder, kind, logits)
        self.lanes = Lanes(builder)
        self.classes = matrix.columns
        self.start = matrix.address(row, self.lanes.size(0))
        self.mask = self.lanes.first(self.classes)

    def each_other(self, action: Any) -> None:
        """Emit action(address, first class, mask) for every block of sixteen classes after the first."""
        lanes, builder = self.lanes, self.lanes.builder
        with cgutils.for_range_slice(builder, lanes.size(LANES), self.classes, lanes.size(LANES)) as (first, _):
            action(lanes.further(self.start, first), first, lanes.first(builder.sub(self.classes, first)))

    def exponentials(self) -> tuple[Any, Any, Any]:
        """The largest logit; the sum of exp(z - max z); these exponentials, of the first block only.

        Those of the other blocks replace their logits.
        """
        lanes, builder = self.lanes, self.lanes.builder
        lowest, largest, total = lanes.constant(-math.inf), lanes.variable(-math.inf), lanes.variable(0.0)

        def compare(address: Any, first: Any, mask: Any) -> None:
            builder.store(lanes.larger(lanes.load(address, mask, lowest), builder.load(largest)), largest)

        def exponentiate(address: Any, first: Any, mask: Any) -> None:
            value = lanes.exp(builder.fsub(lanes.load(address, mask), peaks))
            lanes.store(value, address, mask)
            value = builder.select(mask, value, lanes.constant(0.0))
            builder.store(builder.fadd(builder.load(total), value), total)

        block = lanes.load(self.start, self.mask, lowest)
        builder.store(block, largest)
        self.each_other(compare)
        peak = lanes.fold(builder.load(largest), lanes.larger)
        peaks = lanes.splat(peak)
        block = builder.select(self.mask, lanes.exp(builder.fsub(block, peaks)), lanes.constant(0.0))
        builder.store(block, total)
        self.each_other(exponentiate)
        return peak, lanes.fold(builder.load(total), builder.fadd), block


def _emit_gradient(typing: Any, logits: Any, row: Any, label: Any, scale: Any) -> Any:
    """Emit the gradient of one row, in place."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        logits, row, label, scale = arguments
        passes = _Row(context, builder, signature.args[0], logits, row)
        lanes = passes.lanes
        _, total, block = passes.exponentials()
        factor, minus = lanes.splat(builder.fdiv(scale, total)), lanes.splat(builder.fneg(scale))

        def derivative(value: Any, first: Any) -> Any:
            target = builder.select(lanes.only(builder.sub(label, first)), minus, lanes.constant(0.0))
            return lanes.fma(value, factor, target)

        def differentiate(address: Any, first: Any, mask: Any) -> None:
            lanes.store(derivative(lanes.load(address, mask), first), address, mask)

        lanes.store(derivative(block, lanes.size(0)), passes.start, passes.mask)
        passes.each_other(differentiate)
        return context.get_dummy_value()

    return void(logits, types.intp, types.intp, types.float32), emit


def _emit_normaliser(typing: Any, logits: Any, row: Any) -> Any:
    """Emit the two halves of log sum exp of one row, the largest logit and the sum of what is left, in place."""
    result = types.UniTuple(types.float32, 2)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        logits, row = arguments
        peak, total, _ = _Row(context, builder, signature.args[0], logits, row).exponentials()
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
        Factor of the result: 1 / rows makes it the gradient of the mean loss.
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

"""Softmax and cross-entropy over any number of classes, a row per sample.

The loss of a row of logits z with label y is log(sum_j exp(z_j)) - z_y; its gradient is softmax(z) - onehot(y). Sums run
over sixteen partial sums (class j goes to sum j mod 16) that are added by a fixed tree: the same bits on every host.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import float32, float64, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32


class _Row:
    """Emits passes over one row of logits, sixteen classes at a time."""

    def __init__(self, context: Any, builder: Any, kind: Any, logits: Any, row: Any) -> None:
        array = make_array(kind)(context, builder, logits)
        self.lanes = Lanes(builder)
        self.classes = cgutils.unpack_tuple(builder, array.shape)[1]
        self.start = self.lanes.address(array, row, self.lanes.size(0))

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
        factor, scales = lanes.splat(builder.fdiv(scale, total)), lanes.splat(scale)

        def differentiate(address: Any, first: Any, mask: Any) -> None:
            probability = builder.fmul(lanes.load(address, mask), factor)
            hit = builder.select(lanes.only(builder.sub(label, first)), scales, lanes.constant(0.0))
            lanes.store(builder.fsub(probability, hit), address, mask)

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


_gradient_row = intrinsic(_emit_gradient)
_normaliser = intrinsic(_emit_normaliser)


def _vector_gradient(logits: Float32, labels: Float32, scale: float) -> None:
    """The compiled form of `softmax_gradient`."""
    for row in range(logits.shape[0]):
        _gradient_row(logits, row, int(labels[row]), scale)


def _portable_gradient(logits: Float32, labels: Float32, scale: float) -> None:
    """The same in NumPy."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    logits[np.arange(len(labels)), labels.astype(np.int64)] -= np.float32(1)
    logits *= np.float32(scale)


def _vector_loss(logits: Float32, labels: Float32) -> float:
    """The compiled form of `cross_entropy`."""
    loss = 0.0
    for row in range(logits.shape[0]):
        truth = float64(logits[row, int(labels[row])])
        peak, total = _normaliser(logits, row)
        loss += math.log(total) + peak - truth
    return loss


def _portable_loss(logits: Float32, labels: Float32) -> float:
    """The same in NumPy."""
    wide = logits.astype(np.float64)
    peak = wide.max(axis=1)
    truth = wide[np.arange(len(labels)), labels.astype(np.int64)]
    return float(np.sum(np.log(np.exp(wide - peak[:, None]).sum(axis=1)) + peak - truth))


_LOGITS = float32[:, :]

#: softmax_gradient(logits, labels, scale): logits [rows, classes] become scale (softmax(logits) - onehot(labels)).
softmax_gradient = _portable_gradient if DISABLE_JIT else kernel(void(_LOGITS, float32[:], float32))(_vector_gradient)

#: cross_entropy(logits, labels) -> sum of the losses of all rows; the logits are used up.
cross_entropy = _portable_loss if DISABLE_JIT else kernel(float64(_LOGITS, float32[:]))(_vector_loss)

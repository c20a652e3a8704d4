"""One step of long short-term memory, forwards and backwards, of a row of sixteen units at a time (`kernels.lstm`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand


class _Row:
    """A row of several matrices while its code is emitted, sixteen columns of each of its blocks at a time."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        *matrices, self.row = arguments
        self.operands = [Operand(context, builder, signature.args[i], each) for i, each in enumerate(matrices)]
        self.lanes, self.builder = Lanes(builder), builder
        self.width = self.operands[-1].columns
        self.first: Any = None
        self.mask: Any = None

    @contextmanager
    def each(self) -> Iterator[None]:
        """Emit what is in the block for every sixteen units."""
        lanes = self.lanes
        with cgutils.for_range_slice(self.builder, lanes.size(0), self.width, lanes.size(LANES)) as (first, _):
            self.first, self.mask = first, lanes.first(self.builder.sub(self.width, first))
            yield

    def load(self, number: int, block: int = 0) -> Any:
        """Of matrix `number` the columns of these units, in one of its blocks of columns."""
        return self.lanes.load(self._address(number, block), self.mask)

    def store(self, value: Any, number: int, block: int = 0) -> None:
        """Put them there."""
        self.lanes.store(value, self._address(number, block), self.mask)

    def _address(self, number: int, block: int) -> Any:
        column = self.builder.add(self.first, self.builder.mul(self.width, self.lanes.size(block)))
        return self.operands[number].address(self.row, column)

    def sigmoid(self, z: Any) -> Any:
        """(1 + tanh(z / 2)) / 2."""
        half = self.lanes.constant(0.5)
        return self.builder.fadd(half, self.builder.fmul(half, self.lanes.tanh(self.builder.fmul(half, z))))

    def slope(self, value: Any, of: Any) -> Any:
        """A gradient times s (1 - s), the derivative of a sigmoid whose result is s."""
        return self.builder.fmul(value, self.builder.fmul(of, self.builder.fsub(self.lanes.constant(1.0), of)))

    def bend(self, value: Any, of: Any) -> Any:
        """A gradient times 1 - t^2, the derivative of a tanh whose result is t."""
        return self.builder.fmul(value, self.builder.fsub(self.lanes.constant(1.0), self.builder.fmul(of, of)))


def _emit_remember(typing: Any, z: Any, before: Any, h: Any, curved: Any, cells: Any, row: Any) -> Any:
    """Emit `remember`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = _Row(context, builder, signature, arguments)
        with at.each():
            i, f, o = (at.sigmoid(at.load(0, block)) for block in range(3))
            g = at.lanes.tanh(at.load(0, 3))
            cell = builder.fadd(builder.fmul(f, at.load(1)), builder.fmul(i, g))
            bent = at.lanes.tanh(cell)
            for block, gate in enumerate((i, f, o, g)):
                at.store(gate, 0, block)
            at.store(builder.fmul(o, bent), 2)
            at.store(bent, 3)
            at.store(cell, 4)
        return context.get_dummy_value()

    return void(z, before, h, curved, cells, types.intp), emit


def _emit_recall(typing: Any, gates: Any, before: Any, slopes: Any, curved: Any, carried: Any, row: Any) -> Any:
    """Emit `recall`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = _Row(context, builder, signature, arguments)
        with at.each():
            i, f, o, g = (at.load(0, block) for block in range(4))
            slope, bent = at.load(2), at.load(3)
            cell = builder.fadd(at.load(4), at.bend(builder.fmul(slope, o), bent))
            at.store(at.slope(builder.fmul(cell, g), i), 0, 0)
            at.store(at.slope(builder.fmul(cell, at.load(1)), f), 0, 1)
            at.store(at.slope(builder.fmul(slope, bent), o), 0, 2)
            at.store(at.bend(builder.fmul(cell, i), g), 0, 3)
            at.store(builder.fmul(cell, f), 4)
        return context.get_dummy_value()

    return void(gates, before, slopes, curved, carried, types.intp), emit


def _portable_remember(z: Float32, before: Float32, h: Float32, curved: Float32, cells: Float32, row: int) -> None:
    """The same in NumPy."""
    width = cells.shape[1]
    z[row, : 3 * width] = 0.5 + 0.5 * np.tanh(0.5 * z[row, : 3 * width])
    z[row, 3 * width :] = np.tanh(z[row, 3 * width :])
    i, f, o, g = z[row].reshape(4, width)
    cells[row] = f * before[row] + i * g
    curved[row] = np.tanh(cells[row])
    h[row] = o * curved[row]


def _portable_recall(
    gates: Float32, before: Float32, slopes: Float32, curved: Float32, carried: Float32, row: int
) -> None:
    """The same in NumPy."""
    width = carried.shape[1]
    i, f, o, g = gates[row].reshape(4, width).copy()
    cell = carried[row] + slopes[row] * o * (1 - curved[row] ** 2)
    parts = cell * g * i * (1 - i), cell * before[row] * f * (1 - f), slopes[row] * curved[row] * o * (1 - o)
    gates[row] = np.concatenate([*parts, cell * i * (1 - g**2)])
    carried[row] = cell * f


#: remember(z, before, h, curved, cells, row): one step of a sample. z [., 4 w] are the sums of its gates i, f, o and of
#: its candidate g, which replace them; before [., w] are its cells before. Written are h, the tanh of the cells, and
#: the cells [., w].
remember: Callable[..., None] = _portable_remember if DISABLE_JIT else intrinsic(_emit_remember)

#: recall(gates, before, slopes, curved, carried, row): the same backwards. The gradients of z replace the gates; slopes
#: is the gradient of h, and carried that of the cells from later steps, replaced by that of the cells before.
recall: Callable[..., None] = _portable_recall if DISABLE_JIT else intrinsic(_emit_recall)

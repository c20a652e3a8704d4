"""The product of two float32 matrices: one register tile for layers, weight gradients and input gradients alike.

C is computed tile by tile. A tile stays in registers while a loop over k adds A[i, k] B[k, :] to it, so each element is
one chain of fused multiply-adds over k = 0, 1, ...: the bits do not depend on the tile, the registers or the shape.
A is read element by element and may have any strides, so a transposed A needs no copy. The scheme is that of
Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS 34(3), 2008), without their packing
of A: mini-batches are small enough to stay in the first-level cache. On the shapes of the digits MLP it was measured
at 98 % of what one core can multiply and add, with AVX-512 and with AVX2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import float32, int64, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.jit import kernel
from kernels.lanes import FEATURES, LANES, Lanes
from kernels.matrix import Float32, Operand

#: What is done with an element of the product P before it is stored:
PLAIN = 0  #: C = P
RELU = 1  #: C = max(P, 0)
GATE = 2  #: C = P where C > 0, else 0 (the derivative of a ReLU whose result C held)

# A tile, the row of B and the element of A in use must fit the registers, and a tile must keep two multiply-add units
# busy while a result is four cycles away: 8 accumulators at least.
if "+avx512f" in FEATURES:
    _TILE_ROWS, _TILE_VECTORS = 8, 2  # 16 + 2 + 1 of 32 registers
elif "+avx" in FEATURES or "+neon" in FEATURES:
    _TILE_ROWS, _TILE_VECTORS = 6, 1  # 12 + 2 + 1 of 16 (a vector is two registers); NEON: 24 + 4 + 1 of 32
else:
    _TILE_ROWS, _TILE_VECTORS = 2, 1  # 8 + 4 + 1 of 16 (a vector is four)

#: Columns of C in one full tile.
TILE_COLUMNS = _TILE_VECTORS * LANES
# Rows left over go to smaller tiles.
_HEIGHTS = [_TILE_ROWS, *(rows for rows in (4, 2, 1) if rows < _TILE_ROWS)]


class _Strip:
    """Emits the computation of whole rows of C in the columns of one tile; `finish` is an IR value."""

    def __init__(self, lanes: Lanes, operands: Sequence[Operand], column: Any, finish: Any) -> None:
        self.lanes, self.column, self.finish = lanes, column, finish
        self.a, self.b, self.c = operands
        self.vectors = range(_TILE_VECTORS)
        self.mask: Any = None

    def narrow(self) -> None:
        """Take one vector of columns, and of it the part that lies inside C."""
        self.vectors = range(1)
        self.mask = self.lanes.first(self.lanes.builder.sub(self.c.columns, self.column))

    def emit(self) -> None:
        """Rows in tiles of full height, then what is left in smaller ones."""
        lanes, builder = self.lanes, self.lanes.builder
        first = lanes.size(0)
        for height in _HEIGHTS:
            step = lanes.size(height)
            end = builder.mul(builder.sdiv(builder.sub(self.c.rows, first), step), step)
            end = builder.add(first, end)
            with cgutils.for_range_slice(builder, first, end, step) as (row, _):
                self._tile(row, height)
            first = end

    def _tile(self, row: Any, height: int) -> None:
        """Sum over k in registers, apply `finish`, store."""
        lanes, builder = self.lanes, self.lanes.builder
        tile = [[lanes.variable(0.0) for _ in self.vectors] for _ in range(height)]
        offsets = [builder.mul(lanes.size(below), self.a.strides[0]) for below in range(height)]
        with cgutils.for_range(builder, self.a.columns) as loop:
            left, start = self.a.address(row, loop.index), self.b.address(loop.index, self.column)
            right = [lanes.load(self._beside(start, vector), self.mask) for vector in self.vectors]
            for slots, offset in zip(tile, offsets, strict=True):
                factor = lanes.broadcast(builder.add(left, offset))
                for slot, vector in zip(slots, right, strict=True):
                    builder.store(lanes.fma(factor, vector, builder.load(slot)), slot)
        for finish, action in ((RELU, self._relu), (GATE, self._gate)):
            with builder.if_then(builder.icmp_signed("==", self.finish, lanes.size(finish))):
                self._each(tile, row, action)
        self._each(tile, row, self._write)

    def _beside(self, address: Any, vector: int) -> Any:
        return self.lanes.further(address, self.lanes.size(vector * LANES))

    def _each(self, tile: Sequence[Sequence[Any]], row: Any, action: Callable[[Any, Any], None]) -> None:
        """Emit action(accumulator, its address in C) for every vector of the tile."""
        for below, slots in enumerate(tile):
            start = self.c.address(self.lanes.builder.add(row, self.lanes.size(below)), self.column)
            for vector, slot in enumerate(slots):
                action(slot, self._beside(start, vector))

    def _relu(self, slot: Any, address: Any) -> None:
        builder = self.lanes.builder
        builder.store(self.lanes.larger(builder.load(slot), self.lanes.constant(0.0)), slot)

    def _gate(self, slot: Any, address: Any) -> None:
        lanes, builder = self.lanes, self.lanes.builder
        passes = builder.fcmp_ordered(">", lanes.load(address, self.mask), lanes.constant(0.0))
        builder.store(builder.select(passes, builder.load(slot), lanes.constant(0.0)), slot)

    def _write(self, slot: Any, address: Any) -> None:
        self.lanes.store(self.lanes.builder.load(slot), address, self.mask)


def _emitted_strip(full: bool) -> Callable[..., None]:
    """The intrinsic for C[:, column : column + TILE_COLUMNS], or, if not `full`, for at most one vector of columns."""

    def emit_strip(typing: Any, a: Any, b: Any, c: Any, column: Any, finish: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            operands = [Operand(context, builder, signature.args[i], arguments[i]) for i in range(3)]
            strip = _Strip(Lanes(builder), operands, *arguments[3:])
            if not full:
                strip.narrow()
            strip.emit()
            return context.get_dummy_value()

        return void(a, b, c, types.intp, types.intp), emit

    strip: Callable[..., None] = intrinsic(emit_strip)
    return strip


def _portable_strip(full: bool) -> Callable[..., None]:
    """The same in NumPy."""
    width = TILE_COLUMNS if full else LANES

    def strip(a: Float32, b: Float32, c: Float32, column: int, finish: int) -> None:
        product, window = a @ b[:, column : column + width], c[:, column : column + width]
        if finish == RELU:
            product = np.maximum(product, np.float32(0))
        elif finish == GATE:
            product = np.where(window > 0, product, np.float32(0))
        window[:] = product

    return strip


_strip = _portable_strip if DISABLE_JIT else _emitted_strip
_full_strip, _last_strip = _strip(full=True), _strip(full=False)


@kernel(void(float32[:, :], float32[:, :], float32[:, :], int64))
def matmul(a: Float32, b: Float32, c: Float32, finish: int) -> None:
    """C = finish(A B).

    Parameters
    ----------
    a : float32 [m, k]
        Any strides.
    b, c : float32 [k, n], float32 [m, n]
        Contiguous rows, at any distance. C must not overlap A or B.
    finish
        PLAIN, RELU or GATE.
    """
    columns, column = c.shape[1], 0
    while column + TILE_COLUMNS <= columns:
        _full_strip(a, b, c, column, finish)
        column += TILE_COLUMNS
    while column < columns:
        _last_strip(a, b, c, column, finish)
        column += LANES

"""The product of two float32 matrices: one register tile for layers, weight gradients and input gradients alike.

C is computed tile by tile. A tile stays in registers while a loop over k adds A[i, k] B[k, :] to it, so each element is
one chain of fused multiply-adds over k = 0, 1, ...: the bits do not depend on the tile, the registers or the shape.
A is read element by element and may have any strides, so a transposed A needs no copy. The scheme is that of
Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS 34(3), 2008), without their packing
of A: mini-batches are small enough to stay in the first-level cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import float32, int64, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from kernels.jit import kernel
from kernels.lanes import FEATURES, LANES, Lanes
from kernels.matrix import Float32

#: What is done with an element of the product P before it is stored:
PLAIN = 0  #: C = P
RELU = 1  #: C = max(P, 0)
GATE = 2  #: C = P where C > 0, else 0 (the derivative of a ReLU whose result C held)

# Accumulators, a row of B and one element of A fill the registers: 32 of 16 lanes, 16 of 8 lanes, 16 of 4 lanes.
if "+avx512f" in FEATURES:
    _TILE_ROWS, _TILE_VECTORS = 8, 2
elif "+avx" in FEATURES or "+neon" in FEATURES:
    _TILE_ROWS, _TILE_VECTORS = 6, 1
else:
    _TILE_ROWS, _TILE_VECTORS = 2, 1

#: Columns of C in one full tile.
TILE_COLUMNS = _TILE_VECTORS * LANES
# Rows left over go to smaller tiles.
_HEIGHTS = [_TILE_ROWS, *(rows for rows in (4, 2, 1) if rows < _TILE_ROWS)]


class _Tile:
    """Emits the computation of C[row : row + height, column : column + vectors LANES]."""

    def __init__(self, lanes: Lanes, a: Any, b: Any, c: Any, column: Any, finish: Any, vectors: int, masked: bool) -> None:
        self.lanes, self.a, self.b, self.c, self.column, self.finish = lanes, a, b, c, column, finish
        self.vectors = range(vectors)
        builder = lanes.builder
        shape = cgutils.unpack_tuple(builder, c.shape)
        self.mask = lanes.first(builder.sub(shape[1], column)) if masked else None
        self.depth = cgutils.unpack_tuple(builder, a.shape)[1]

    def emit(self, row: Any, height: int) -> None:
        """One tile whose first row is `row`."""
        lanes, builder = self.lanes, self.lanes.builder
        tile = [[lanes.variable(0.0) for _ in self.vectors] for _ in range(height)]
        down = cgutils.unpack_tuple(builder, self.a.strides)[0]
        offsets = [builder.mul(lanes.size(below), down) for below in range(height)]
        with cgutils.for_range(builder, self.depth) as loop:
            left = lanes.address(self.a, row, loop.index)
            start = lanes.address(self.b, loop.index, self.column)
            right = [lanes.load(self._at(start, vector), self.mask) for vector in self.vectors]
            for slots, offset in zip(tile, offsets, strict=True):
                factor = lanes.broadcast(builder.add(left, offset))
                for slot, vector in zip(slots, right, strict=True):
                    builder.store(lanes.fma(factor, vector, builder.load(slot)), slot)
        self._store(tile, row)

    def _at(self, address: Any, vector: int) -> Any:
        return self.lanes.further(address, self.lanes.size(vector * LANES))

    def _store(self, tile: Sequence[Sequence[Any]], row: Any) -> None:
        builder = self.lanes.builder
        for finish, action in ((RELU, self._relu), (GATE, self._gate)):
            with builder.if_then(builder.icmp_signed("==", self.finish, self.lanes.size(finish))):
                self._each(tile, row, action)
        self._each(tile, row, self._write)

    def _each(self, tile: Sequence[Sequence[Any]], row: Any, action: Any) -> None:
        for below, vectors in enumerate(tile):
            address = self.lanes.address(self.c, self.lanes.builder.add(row, self.lanes.size(below)), self.column)
            for vector, slot in enumerate(vectors):
                action(slot, self._at(address, vector))

    def _relu(self, slot: Any, address: Any) -> None:
        builder = self.lanes.builder
        builder.store(self.lanes.larger(builder.load(slot), self.lanes.constant(0.0)), slot)

    def _gate(self, slot: Any, address: Any) -> None:
        lanes, builder = self.lanes, self.lanes.builder
        passes = builder.fcmp_ordered(">", lanes.load(address, self.mask), lanes.constant(0.0))
        builder.store(builder.select(passes, builder.load(slot), lanes.constant(0.0)), slot)

    def _write(self, slot: Any, address: Any) -> None:
        self.lanes.store(self.lanes.builder.load(slot), address, self.mask)


def _strip(vectors: int, masked: bool) -> Any:
    """The intrinsic that computes rows `first` to `last` of C in the columns of one tile."""

    def strip(typing: Any, a: Any, b: Any, c: Any, first: Any, last: Any, column: Any, finish: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, c = (
                make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
            )
            first, last, column, finish = arguments[3:]
            tile = _Tile(Lanes(builder), a, b, c, column, finish, vectors, masked)
            for height in _HEIGHTS:
                step = tile.lanes.size(height)
                end = builder.add(first, builder.mul(builder.sdiv(builder.sub(last, first), step), step))
                with cgutils.for_range_slice(builder, first, end, step) as (row, _):
                    tile.emit(row, height)
                first = end
            return context.get_dummy_value()

        return void(a, b, c, *[types.intp] * 4), emit

    return intrinsic(strip)


_full_strip = _strip(_TILE_VECTORS, masked=False)
_last_strip = _strip(1, masked=True)


def _tiled(a: Float32, b: Float32, c: Float32, finish: int) -> None:
    """The compiled form of `matmul`."""
    rows, columns = c.shape
    column = 0
    while column + TILE_COLUMNS <= columns:
        _full_strip(a, b, c, 0, rows, column, finish)
        column += TILE_COLUMNS
    while column < columns:
        _last_strip(a, b, c, 0, rows, column, finish)
        column += LANES


def _portable(a: Float32, b: Float32, c: Float32, finish: int) -> None:
    """The same in NumPy."""
    product = a @ b
    if finish == RELU:
        product = np.maximum(product, np.float32(0))
    elif finish == GATE:
        product = np.where(c > 0, product, np.float32(0))
    c[:] = product


_MATRIX = float32[:, :]

#: matmul(a, b, c, finish): c = finish(a b) for a [m, k] of any strides, b [k, n] and c [m, n] of contiguous rows.
#: c must not overlap a or b. Rows of b and c are read and written up to column n exactly.
matmul = _portable if DISABLE_JIT else kernel(void(_MATRIX, _MATRIX, _MATRIX, int64))(_tiled)

"""The register tile behind every product: C = finish(A B + S), emitted as vector instructions.

C is computed tile by tile. A tile stays in registers while loops over k add A[i, k] B[k, :] to it, so each element is
one chain of fused multiply-adds over k = 0, 1, ...: the bits do not depend on the tile, the registers or the shape.
A is read element by element and may have any strides, so a transposed A needs no copy; k may stand for several axes, so
the windows of a convolution need none either. The scheme is that of Goto and van de Geijn, "Anatomy of high-performance
matrix multiplication" (ACM TOMS 34(3), 2008), without their packing of A: mini-batches are small enough for the caches.

As with all intrinsics, the form in NumPy (`np.matmul` and `np.tensordot` here) stands beside what is emitted;
NUMBA_DISABLE_JIT=1 runs everything on it, as a cross-check. It is not needed as a fallback: where a host lacks wide
registers, LLVM takes the same vectors apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import cgutils

from kernels.lanes import FEATURES, LANES, Lanes
from kernels.matrix import Float32, Operand

#: What is done with an element of the product P before it is stored:
PLAIN = 0  #: C = P
RELU = 1  #: C = max(P, 0)
GATE = 2  #: C = P where C > 0, else 0 (the derivative of a ReLU whose result C held)
SLOPE = 3  #: C = P (1 - C^2) (the derivative of a tanh whose result C held)

# A tile, the row of B and the element of A in use must fit the registers, and a tile must keep two multiply-add units
# busy while a result is four cycles away: 8 accumulators at least. Rows left over go to smaller tiles.
_HEIGHTS: tuple[int, ...]
_NARROW_HEIGHTS: tuple[int, ...]
if "+avx512f" in FEATURES:  # 16 + 2 + 1 of 32 registers; 9 rows are the window of 3 x 3 pixels in one channel
    _VECTORS, _HEIGHTS, _NARROW_HEIGHTS = 2, (8, 4, 2, 1), (16, 9, 8, 4, 2, 1)
elif "+avx" in FEATURES or "+neon" in FEATURES:  # 12 + 2 + 1 of 16 (a vector is two registers); NEON: 24 + 4 + 1 of 32
    _VECTORS, _HEIGHTS, _NARROW_HEIGHTS = 1, (6, 4, 2, 1), (6, 4, 2, 1)
else:  # 8 + 4 + 1 of 16 (a vector is four registers)
    _VECTORS, _HEIGHTS, _NARROW_HEIGHTS = 1, (2, 1), (2, 1)

#: Columns of C in one full tile.
TILE_COLUMNS = _VECTORS * LANES


class Strip:
    """Emits the computation of whole rows of C in the columns of one tile.

    Parameters
    ----------
    lanes
        Where to emit.
    a, b, c
        Operands [m, k...], [k..., n] and [m, n], with the same one to three axes in place of k.
    column, finish
        IR values: the first column, and what is done in the end.
    summand
        Operand [m, n], or None.
    ahead
        Operand [m, n] that is read next: each tile of it, and the same one of C, is fetched into the cache beside the
        sums of that tile, so that the multiply-add units hide the memory's latency; [0, n] where neither is far away.
        And the sums fetch the columns of B behind their own, which the next strip reads. None: nothing is fetched.
    """

    def __init__(
        self,
        lanes: Lanes,
        a: Operand,
        b: Operand,
        c: Operand,
        column: Any,
        finish: Any,
        *,
        summand: Operand | None = None,
        ahead: Operand | None = None,
    ) -> None:
        self.lanes, self.a, self.b, self.c, self.summand, self.ahead = lanes, a, b, c, summand, ahead
        self.column, self.finish = column, finish
        self.vectors, self.heights = range(_VECTORS), _HEIGHTS
        self.mask: Any = None

    def narrow(self) -> None:
        """Take one vector of columns, and of it the part that lies inside C."""
        self.vectors, self.heights = range(1), _NARROW_HEIGHTS
        self.mask = self.lanes.first(self.lanes.builder.sub(self.c.columns, self.column))

    def emit(self) -> None:
        """Rows in tiles of full height, then what is left in smaller ones."""
        lanes, builder = self.lanes, self.lanes.builder
        first = lanes.size(0)
        for height in self.heights:
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
        if self.ahead is not None:
            with builder.if_then(builder.icmp_signed(">", self.ahead.rows, lanes.size(0))):
                self._each(self.ahead, tile, row, self._fetch)
                self._each(self.c, tile, row, self._claim)
        self._sum(tile, offsets, self.a.address(row), self.b.address(*self._no_steps(), self.column))
        if self.summand is not None:
            self._each(self.summand, tile, row, self._add)
        for finish, action in ((RELU, self._relu), (GATE, self._gate), (SLOPE, self._slope)):
            with builder.if_then(builder.icmp_signed("==", self.finish, lanes.size(finish))):
                self._each(self.c, tile, row, action)
        self._each(self.c, tile, row, self._write)

    def _no_steps(self) -> list[Any]:
        """Zero for each axis of k."""
        return [self.lanes.size(0)] * (len(self.b.shape) - 1)

    def _sum(self, tile: Sequence[Sequence[Any]], offsets: Sequence[Any], left: Any, right: Any, axis: int = 0) -> None:
        """Loop over this axis of k and those after it; `left` and `right` are addresses in A and B."""
        lanes, builder = self.lanes, self.lanes.builder
        if axis == len(self.b.shape) - 1:
            row = [lanes.load(self._beside(right, vector), self.mask) for vector in self.vectors]
            if self.ahead is not None:
                for vector in self.vectors:
                    lanes.fetch(self._beside(right, len(self.vectors) + vector))
            for slots, offset in zip(tile, offsets, strict=True):
                factor = lanes.broadcast(builder.add(left, offset))
                for slot, vector in zip(slots, row, strict=True):
                    builder.store(lanes.fma(factor, vector, builder.load(slot)), slot)
            return
        with cgutils.for_range(builder, self.b.shape[axis]) as loop:
            further_left = builder.add(left, builder.mul(loop.index, self.a.strides[axis + 1]))
            further_right = builder.add(right, builder.mul(loop.index, self.b.strides[axis]))
            self._sum(tile, offsets, further_left, further_right, axis + 1)

    def _beside(self, address: Any, vector: int) -> Any:
        return self.lanes.further(address, self.lanes.size(vector * LANES))

    def _each(
        self, matrix: Operand, tile: Sequence[Sequence[Any]], row: Any, action: Callable[[Any, Any], None]
    ) -> None:
        """Emit action(accumulator, its address in the matrix) for every vector of the tile."""
        for below, slots in enumerate(tile):
            start = matrix.address(self.lanes.builder.add(row, self.lanes.size(below)), self.column)
            for vector, slot in enumerate(slots):
                action(slot, self._beside(start, vector))

    def _fetch(self, slot: Any, address: Any) -> None:
        self.lanes.fetch(address)

    def _claim(self, slot: Any, address: Any) -> None:
        self.lanes.fetch(address, write=True)

    def _add(self, slot: Any, address: Any) -> None:
        lanes, builder = self.lanes, self.lanes.builder
        builder.store(builder.fadd(builder.load(slot), lanes.load(address, self.mask)), slot)

    def _relu(self, slot: Any, address: Any) -> None:
        builder = self.lanes.builder
        builder.store(self.lanes.larger(builder.load(slot), self.lanes.constant(0.0)), slot)

    def _gate(self, slot: Any, address: Any) -> None:
        lanes, builder = self.lanes, self.lanes.builder
        passes = builder.fcmp_ordered(">", lanes.load(address, self.mask), lanes.constant(0.0))
        builder.store(builder.select(passes, builder.load(slot), lanes.constant(0.0)), slot)

    def _slope(self, slot: Any, address: Any) -> None:
        lanes, builder = self.lanes, self.lanes.builder
        old = lanes.load(address, self.mask)
        slope = lanes.fma(builder.fneg(old), old, lanes.constant(1.0))
        builder.store(builder.fmul(builder.load(slot), slope), slot)

    def _write(self, slot: Any, address: Any) -> None:
        self.lanes.store(self.lanes.builder.load(slot), address, self.mask)


def finished(product: Float32, old: Float32, finish: int) -> Float32:
    """What `finish` makes of a product, in NumPy; `old` is what C held."""
    if finish == RELU:
        return np.maximum(product, np.float32(0))
    if finish == GATE:
        return np.where(old > 0, product, np.float32(0))
    if finish == SLOPE:
        return product * (np.float32(1) - old * old)
    return product

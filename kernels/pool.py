"""ReLU and 2 x 2 max-pooling, forward and backward, over stretches of neighbouring values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand

# The corners of a square, in the order in which ties are decided.
_CORNERS = (0, 0), (0, 1), (1, 0), (1, 1)


class _Squares:
    """Emits a pass over all squares, sixteen of them at a time."""

    def __init__(self, context: Any, builder: Any, kinds: Any, squares: Any, pooled: Any) -> None:
        self.lanes = Lanes(builder)
        self.squares = Operand(context, builder, kinds[0], squares)
        self.pooled = Operand(context, builder, kinds[1], pooled)

    def each(self, action: Any) -> None:
        """Emit action(addresses of the corners, address of the pooled value, mask)."""
        lanes, builder = self.lanes, self.lanes.builder
        with (
            cgutils.for_range(builder, self.pooled.rows) as place,
            cgutils.for_range_slice(builder, lanes.size(0), self.pooled.columns, lanes.size(LANES)) as (first, _),
        ):
            corners = [
                self.squares.address(lanes.size(down), lanes.size(right), place.index, first)
                for down, right in _CORNERS
            ]
            mask = lanes.first(builder.sub(self.pooled.columns, first))
            action(corners, self.pooled.address(place.index, first), mask)

    def largest(self, values: Any) -> Any:
        """The largest of four."""
        lanes = self.lanes
        return lanes.larger(lanes.larger(values[0], values[1]), lanes.larger(values[2], values[3]))


def _emit_pool(typing: Any, squares: Any, pooled: Any) -> Any:
    """Emit `pool`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        passes = _Squares(context, builder, signature.args, *arguments)
        lanes = passes.lanes

        def reduce(corners: Any, address: Any, mask: Any) -> None:
            values = [lanes.load(corner, mask) for corner in corners]
            largest = lanes.larger(passes.largest(values), lanes.constant(0.0))
            # A comparison passes over what is not a number; divergence has to stay visible.
            lost = [builder.fcmp_unordered("uno", *pair) for pair in (values[:2], values[2:])]
            lanes.store(builder.select(builder.or_(*lost), lanes.constant(math.nan), largest), address, mask)

        passes.each(reduce)
        return context.get_dummy_value()

    return void(squares, pooled), emit


def _emit_unpool(typing: Any, squares: Any, pooled: Any) -> Any:
    """Emit `unpool`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        passes = _Squares(context, builder, signature.args, *arguments)
        lanes = passes.lanes

        def route(corners: Any, address: Any, mask: Any) -> None:
            values = [lanes.load(corner, mask) for corner in corners]
            largest, rest = passes.largest(values), lanes.load(address, mask)
            for value, corner in zip(values[:-1], corners[:-1], strict=True):
                hit = builder.fcmp_ordered("==", value, largest)
                lanes.store(builder.select(hit, rest, lanes.constant(0.0)), corner, mask)
                rest = builder.select(hit, lanes.constant(0.0), rest)
            lanes.store(rest, corners[-1], mask)

        passes.each(route)
        return context.get_dummy_value()

    return void(squares, pooled), emit


def _portable_pool(squares: Float32, pooled: Float32) -> None:
    """`pool` in NumPy."""
    pooled[:] = np.maximum(squares.max(axis=(0, 1)), np.float32(0))


def _portable_unpool(squares: Float32, pooled: Float32) -> None:
    """`unpool` in NumPy."""
    values = [squares[corner] for corner in _CORNERS]
    first = np.argmax(values, axis=0)
    for number, value in enumerate(values):
        value[:] = np.where(first == number, pooled, np.float32(0))


#: pool(squares, pooled): pooled[i, j] = max(0, the four of squares[:, :, i, j]), nan if one of them is. `squares` is
#: float32 [2, 2, m, n], `pooled` float32 [m, n]; the last axis of both is contiguous.
pool: Callable[..., None] = _portable_pool if DISABLE_JIT else intrinsic(_emit_pool)

#: unpool(squares, pooled): replace the largest of each four by pooled[i, j] and the others by 0. Of equal ones the
#: first counts as the largest: upper left, upper right, lower left, lower right.
unpool: Callable[..., None] = _portable_unpool if DISABLE_JIT else intrinsic(_emit_unpool)

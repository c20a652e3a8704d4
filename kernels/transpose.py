"""Transposed copies, in blocks of 16 x 16 that fit the vector registers."""

from __future__ import annotations

from typing import Any

from numba import float32, types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32


def _block(typing: Any, source: Any, target: Any, row: Any, column: Any) -> Any:
    """Emit the transposition of the block whose corner is source[row, column]."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target = (
            make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:2], arguments[:2], strict=True)
        )
        row, column = arguments[2:]
        lanes = Lanes(builder)
        rows, columns = cgutils.unpack_tuple(builder, source.shape)
        mask = lanes.first(builder.sub(columns, column))
        last = builder.sub(rows, lanes.size(1))
        block = []
        for below in range(LANES):  # below the last row, the last row again: it lands in columns nobody reads
            index = builder.add(row, lanes.size(below))
            index = builder.select(builder.icmp_signed("<", index, last), index, last)
            block.append(lanes.load(lanes.address(source, index, column), mask))
        for below, vector in enumerate(lanes.transposed(block)):
            lanes.store(vector, lanes.address(target, builder.add(column, lanes.size(below)), row))
        return context.get_dummy_value()

    return void(source, target, types.intp, types.intp), emit


_transpose_block = intrinsic(_block)


def _blocked(source: Float32, target: Float32) -> None:
    """The compiled form of `transpose`."""
    for row in range(0, source.shape[0], LANES):
        for column in range(0, source.shape[1], LANES):
            _transpose_block(source, target, row, column)


def _portable(source: Float32, target: Float32) -> None:
    """The same in NumPy."""
    target[: source.shape[1], : source.shape[0]] = source.T


_MATRIX = float32[:, :]

#: transpose(source, target): target[j, i] = source[i, j], both of contiguous rows. The target has room for whole
#: blocks: its sizes are those of the transposed source, rounded up to multiples of 16; what lies beyond is scratch.
transpose = _portable if DISABLE_JIT else kernel(void(_MATRIX, _MATRIX))(_blocked)

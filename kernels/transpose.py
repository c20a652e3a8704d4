"""Transposed copies, in blocks of 16 x 16 that fit the vector registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import float32, types, void
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand


def _emit_block(typing: Any, source: Any, target: Any, row: Any, column: Any) -> Any:
    """Emit the transposition of the block whose corner is source[row, column]."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, column = arguments[2:]
        source, target = (Operand(context, builder, signature.args[i], arguments[i]) for i in (0, 1))
        lanes = Lanes(builder)
        mask = lanes.first(builder.sub(source.columns, column))
        last = builder.sub(source.rows, lanes.size(1))
        block = []
        for below in range(LANES):  # past the last row comes the last row again: it lands in columns nobody reads
            index = builder.add(row, lanes.size(below))
            index = builder.select(builder.icmp_signed("<", index, last), index, last)
            block.append(lanes.load(source.address(index, column), mask))
        for below, vector in enumerate(lanes.transposed(block)):
            lanes.store(vector, target.address(builder.add(column, lanes.size(below)), row))
        return context.get_dummy_value()

    return void(source, target, types.intp, types.intp), emit


def _portable_block(source: Float32, target: Float32, row: int, column: int) -> None:
    """The same in NumPy."""
    block = source[row : row + LANES, column : column + LANES]
    target[column : column + block.shape[1], row : row + block.shape[0]] = block.T


_block: Callable[..., None] = _portable_block if DISABLE_JIT else intrinsic(_emit_block)


@kernel(void(float32[:, :], float32[:, :]))
def transpose(source: Float32, target: Float32) -> None:
    """Copy a matrix, rows to columns: target[j, i] = source[i, j].

    Parameters
    ----------
    source : float32 [m, n]
        Contiguous rows, at any distance.
    target : float32 [>= n, >= m]
        The same, with room for whole blocks: n and m rounded up to multiples of 16. What lies beyond is overwritten.
    """
    for row in range(0, source.shape[0], LANES):
        for column in range(0, source.shape[1], LANES):
            _block(source, target, row, column)

"""The product of two float32 arrays over three axes: convolutions and their gradients without copies of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, int64, types, void
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand
from kernels.tile import TILE_COLUMNS, Strip, finished


def _emitted_strip(full: bool) -> Callable[..., None]:
    """The intrinsic for C[:, column : column + TILE_COLUMNS], or, if not `full`, for at most one vector of columns."""

    def emit_strip(typing: Any, a: Any, b: Any, summand: Any, c: Any, column: Any, finish: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, summand, c = (Operand(context, builder, signature.args[i], arguments[i]) for i in range(4))
            strip = Strip(Lanes(builder), a, b, c, *arguments[4:], summand=summand)
            if not full:
                strip.narrow()
            strip.emit()
            builder.function.attributes.add("noinline")  # copies in every caller would only take time to compile
            return context.get_dummy_value()

        return void(a, b, summand, c, types.intp, types.intp), emit

    strip: Callable[..., None] = intrinsic(emit_strip)
    return strip


def _portable_strip(full: bool) -> Callable[..., None]:
    """The same in NumPy."""
    width = TILE_COLUMNS if full else LANES

    def strip(a: Float32, b: Float32, summand: Float32, c: Float32, column: int, finish: int) -> None:
        columns = slice(column, column + width)
        product = np.tensordot(a, b[..., columns], 3) + summand[:, columns]
        c[:, columns] = finished(product, c[:, columns], finish)

    return strip


_strip = _portable_strip if DISABLE_JIT else _emitted_strip
_full_strip, _last_strip = _strip(full=True), _strip(full=False)


@kernel(void(float32[:, :, :, :], float32[:, :, :, :], float32[:, :], float32[:, :], int64))
def tensordot(a: Float32, b: Float32, summand: Float32, c: Float32, finish: int) -> None:
    """C = finish(sum over k, l, o of A[:, k, l, o] B[k, l, o, :] + S), added up in this order.

    Parameters
    ----------
    a : float32 [m, k, l, o]
        Any strides.
    b : float32 [k, l, o, n]
        Contiguous in its last axis.
    summand, c : float32 [m, n]
        S and C, contiguous rows at any distance. They may be the same; C must not overlap A or B.
    finish
        Which of PLAIN, RELU, GATE and SLOPE (`kernels.tile`).
    """
    columns, column = c.shape[1], 0
    while column + TILE_COLUMNS <= columns:
        _full_strip(a, b, summand, c, column, finish)
        column += TILE_COLUMNS
    while column < columns:
        _last_strip(a, b, summand, c, column, finish)
        column += LANES

"""The product of two float32 matrices: one register tile for layers, weight gradients and input gradients alike.

On the shapes of the digits MLP it was measured at 98 % of what one core can multiply and add, with AVX-512 and AVX2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import float32, int64, types, void
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.jit import kernel
from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand
from kernels.tile import TILE_COLUMNS, Strip, finished


def _emitted_strip(full: bool) -> Callable[..., None]:
    """The intrinsic for C[:, column : column + TILE_COLUMNS], or, if not `full`, for at most one vector of columns."""

    def emit_strip(typing: Any, a: Any, b: Any, c: Any, ahead: Any, column: Any, finish: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, c, ahead = (Operand(context, builder, signature.args[i], arguments[i]) for i in range(4))
            strip = Strip(Lanes(builder), a, b, c, *arguments[4:], ahead=ahead)
            if not full:
                strip.narrow()
            strip.emit()
            builder.function.attributes.add("noinline")  # copies in every caller would only take time to compile
            return context.get_dummy_value()

        return void(a, b, c, ahead, types.intp, types.intp), emit

    strip: Callable[..., None] = intrinsic(emit_strip)
    return strip


def _portable_strip(full: bool) -> Callable[..., None]:
    """The same in NumPy."""
    width = TILE_COLUMNS if full else LANES

    def strip(a: Float32, b: Float32, c: Float32, ahead: Float32, column: int, finish: int) -> None:
        window = c[:, column : column + width]
        window[:] = finished(a @ b[:, column : column + width], window, finish)

    return strip


_strip = _portable_strip if DISABLE_JIT else _emitted_strip
_full_strip, _last_strip = _strip(full=True), _strip(full=False)


@kernel(void(float32[:, :], float32[:, :], float32[:, :], int64, float32[:, :]))
def matmul(a: Float32, b: Float32, c: Float32, finish: int, ahead: Float32) -> None:
    """C = finish(A B).

    Parameters
    ----------
    a : float32 [m, k]
        Any strides.
    b, c : float32 [k, n], float32 [m, n]
        Contiguous rows, at any distance. C must not overlap A or B.
    finish
        Which of PLAIN, RELU, GATE and SLOPE (`kernels.tile`).
    ahead : float32 [m, n] or [0, n]
        What will be read next, laid out like C: both are fetched into the cache meanwhile. Without rows, neither is.
    """
    columns, column = c.shape[1], 0
    while column + TILE_COLUMNS <= columns:
        _full_strip(a, b, c, ahead, column, finish)
        column += TILE_COLUMNS
    while column < columns:
        _last_strip(a, b, c, ahead, column, finish)
        column += LANES

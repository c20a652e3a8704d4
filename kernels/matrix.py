"""Matrices that are stretches of a flat array, and matrices as the intrinsics see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

Float32 = npt.NDArray[np.float32]


class Operand:
    """A matrix argument of an intrinsic while its code is emitted: its shape and strides (bytes) are IR values."""

    def __init__(self, context: Any, builder: ir.IRBuilder, kind: Any, value: Any) -> None:
        array = make_array(kind)(context, builder, value)
        self._builder = builder
        self._start = builder.ptrtoint(array.data, ir.IntType(64))
        self.rows, self.columns = cgutils.unpack_tuple(builder, array.shape)
        self.strides = cgutils.unpack_tuple(builder, array.strides)

    def address(self, row: Any, column: Any) -> Any:
        """The byte address of an element."""
        down, right = self.strides
        start = self._builder.add(self._start, self._builder.mul(row, down))
        return self._builder.add(start, self._builder.mul(column, right))


def _emit_view(typing: Any, flat: Any, start: Any, rows: Any, columns: Any, stride: Any) -> Any:
    """Emit `matrix`: an array structure without an owner, so that making one counts no references."""
    kind = types.Array(flat.dtype, 2, "A")

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, start, rows, columns, stride = arguments
        source = make_array(signature.args[0])(context, builder, flat)
        view = make_array(kind)(context, builder)
        populate_array(
            view,
            data=builder.gep(source.data, [start]),
            shape=(rows, columns),
            strides=(builder.mul(stride, source.itemsize), source.itemsize),
            itemsize=source.itemsize,
            meminfo=None,
        )
        return view._getvalue()

    return kind(flat, types.intp, types.intp, types.intp, types.intp), emit


def _portable(flat: Float32, start: int, rows: int, columns: int, stride: int) -> Float32:
    """The same in NumPy."""
    item = flat.itemsize
    return np.lib.stride_tricks.as_strided(flat[start:], (rows, columns), (stride * item, item))


#: matrix(flat, start, rows, columns, stride) -> real [rows, columns]; element (i, j) is flat[start + i stride + j].
#: The view does not keep `flat` alive: use it only while the caller does. Nothing is checked.
matrix: Callable[..., Float32] = _portable if DISABLE_JIT else intrinsic(_emit_view)

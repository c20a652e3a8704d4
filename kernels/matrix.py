"""Matrices, and arrays of more axes, that are stretches of a flat one; and how the intrinsics see them."""

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
    """An array argument of an intrinsic while its code is emitted: its shape and strides (bytes) are IR values."""

    def __init__(self, context: Any, builder: ir.IRBuilder, kind: Any, value: Any) -> None:
        array = make_array(kind)(context, builder, value)
        self._builder = builder
        self._start = builder.ptrtoint(array.data, ir.IntType(64))
        self.shape = cgutils.unpack_tuple(builder, array.shape)
        self.strides = cgutils.unpack_tuple(builder, array.strides)
        self.rows, self.columns = self.shape[0], self.shape[-1]

    def address(self, *indices: Any) -> Any:
        """The byte address of an element; indices left out are zero."""
        address = self._start
        for index, stride in zip(indices, self.strides, strict=False):
            address = self._builder.add(address, self._builder.mul(index, stride))
        return address


def _point(context: Any, builder: ir.IRBuilder, kinds: Any, flat: Any, start: Any, shape: Any, strides: Any) -> Any:
    """An array structure without an owner, so that making one counts no references; kinds = (flat's, the result's)."""
    source, result = make_array(kinds[0])(context, builder, flat), make_array(kinds[1])(context, builder)
    populate_array(
        result,
        data=builder.gep(source.data, [start]),
        shape=shape,
        strides=[builder.mul(stride, source.itemsize) for stride in strides],
        itemsize=source.itemsize,
        meminfo=None,
    )
    return result._getvalue()


def _emit_view(typing: Any, flat: Any, start: Any, shape: Any, strides: Any) -> Any:
    """Emit `view`."""
    kinds = flat, types.Array(flat.dtype, len(shape), "A")
    sizes = types.UniTuple(types.intp, len(shape))

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, start, *pair = arguments
        shape, strides = (cgutils.unpack_tuple(builder, numbers) for numbers in pair)
        return _point(context, builder, kinds, flat, start, shape, strides)

    return kinds[1](flat, types.intp, sizes, sizes), emit


def _emit_matrix(typing: Any, flat: Any, start: Any, rows: Any, columns: Any, stride: Any) -> Any:
    """Emit `matrix`."""
    kinds = flat, types.Array(flat.dtype, 2, "A")

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, start, rows, columns, stride = arguments
        strides = stride, ir.Constant(stride.type, 1)
        return _point(context, builder, kinds, flat, start, (rows, columns), strides)

    return kinds[1](flat, types.intp, types.intp, types.intp, types.intp), emit


def _portable_view(flat: Float32, start: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Float32:
    """The same in NumPy."""
    steps = tuple(stride * flat.itemsize for stride in strides)
    return np.lib.stride_tricks.as_strided(flat[start:], shape, steps)


def _portable_matrix(flat: Float32, start: int, rows: int, columns: int, stride: int) -> Float32:
    """The same in NumPy."""
    return _portable_view(flat, start, (rows, columns), (stride, 1))


#: view(flat, start, shape, strides) -> real [shape]; element (i, ...) is flat[start + i strides[0] + ...]. The
#: view does not keep `flat` alive: use it only while the caller does. Nothing is checked.
view: Callable[..., Float32] = _portable_view if DISABLE_JIT else intrinsic(_emit_view)

#: matrix(flat, start, rows, columns, stride) -> real [rows, columns]: a view of contiguous rows, `stride` elements
#: apart.
matrix: Callable[..., Float32] = _portable_matrix if DISABLE_JIT else intrinsic(_emit_matrix)

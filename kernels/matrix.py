"""Matrices that are stretches of a flat array: how parameters, activations and gradients are addressed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

Float32 = npt.NDArray[np.float32]


def _strided(flat: Float32, start: int, rows: int, columns: int, stride: int) -> Float32:
    """The portable form of `matrix`."""
    item = flat.itemsize
    return np.lib.stride_tricks.as_strided(flat[start:], (rows, columns), (stride * item, item))


def _borrow(typing: Any, flat: Any, start: Any, rows: Any, columns: Any, stride: Any) -> Any:
    """Emit `matrix`: an array structure without an owner, so that making one counts no references."""
    kind = types.Array(flat.dtype, 2, "A")

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat_value, start, rows, columns, stride = arguments
        source = make_array(signature.args[0])(context, builder, flat_value)
        view = make_array(kind)(context, builder)
        item = source.itemsize
        populate_array(
            view,
            data=builder.gep(source.data, [start]),
            shape=(rows, columns),
            strides=(builder.mul(stride, item), item),
            itemsize=item,
            meminfo=None,
        )
        return view._getvalue()

    return kind(flat, types.intp, types.intp, types.intp, types.intp), emit


#: matrix(flat, start, rows, columns, stride) -> real [rows, columns]; element (i, j) is flat[start + i stride + j].
#: The view does not keep `flat` alive: use it only while the caller does. Nothing is checked.
matrix = _strided if DISABLE_JIT else intrinsic(_borrow)

__all__ = ["Float32", "matrix"]

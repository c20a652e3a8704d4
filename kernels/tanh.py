"""The hyperbolic tangent of a matrix, in place: an activation of hidden layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32, Operand


def _emit_row(typing: Any, z: Any, row: Any) -> Any:
    """Emit `tanh_row`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, lanes = Operand(context, builder, signature.args[0], arguments[0]), Lanes(builder)
        with cgutils.for_range_slice(builder, lanes.size(0), matrix.columns, lanes.size(LANES)) as (first, _):
            mask, address = lanes.first(builder.sub(matrix.columns, first)), matrix.address(arguments[1], first)
            lanes.store(lanes.tanh(lanes.load(address, mask)), address, mask)
        return context.get_dummy_value()

    return void(z, types.intp), emit


def _portable(z: Float32, row: int) -> None:
    """The same in NumPy."""
    z[row] = np.tanh(z[row])


#: tanh_row(z, row): replace a row of z, contiguous, by its hyperbolic tangent.
tanh_row: Callable[..., None] = _portable if DISABLE_JIT else intrinsic(_emit_row)

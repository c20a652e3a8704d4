"""Rows copied one by one: how a mini-batch is collected from a data set."""

from __future__ import annotations

from typing import Any

from numba import types, void
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from kernels.lanes import LANES, Lanes
from kernels.matrix import Float32


def _emit_copy(typing: Any, source: Any, sample: Any, target: Any, row: Any) -> Any:
    """Emit `copy_row`, sixteen elements at a time (a loop over elements takes three times as long)."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target = (make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 2))
        lanes = Lanes(builder)
        zero = lanes.size(0)
        start, end = lanes.address(source, arguments[1], zero), lanes.address(target, arguments[3], zero)
        columns = cgutils.unpack_tuple(builder, source.shape)[1]
        with cgutils.for_range_slice(builder, zero, columns, lanes.size(LANES)) as (first, _):
            mask = lanes.first(builder.sub(columns, first))
            lanes.store(lanes.load(lanes.further(start, first), mask), lanes.further(end, first), mask)
        return context.get_dummy_value()

    return void(source, types.intp, target, types.intp), emit


def _portable(source: Float32, sample: int, target: Float32, row: int) -> None:
    """The same in NumPy."""
    target[row, : source.shape[1]] = source[sample]


#: copy_row(source, sample, target, row): target[row, :n] = source[sample, :n], both of contiguous rows, n = columns of
#: the source.
copy_row = _portable if DISABLE_JIT else intrinsic(_emit_copy)

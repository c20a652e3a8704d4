"""The windows of images written out one after the other, as the first layer of a convolutional network reads them.

Only the first layer works on copies: with one to three channels, its windows are too narrow for the tiles of a product.
"""

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

#: Rows of a window, at most.
TALLEST = 5


def _emit_copy(typing: Any, source: Any, line: Any, width: Any, target: Any) -> Any:
    """Emit `copy_windows`: sixteen elements of a window are put together from its rows, then stored at once."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes, (_, line, width, _) = Lanes(builder), arguments
        source, target = (Operand(context, builder, signature.args[i], arguments[i]) for i in (0, 3))
        with cgutils.for_range_slice(builder, lanes.size(0), target.columns, lanes.size(LANES)) as (first, _):
            steps, masks = [], []
            for row in range(TALLEST):  # the mask of a row that the window does not have is empty
                start = builder.sub(builder.mul(lanes.size(row), width), first)
                end = builder.select(
                    builder.icmp_signed("<", builder.add(start, width), builder.sub(target.columns, first)),
                    builder.add(start, width),
                    builder.sub(target.columns, first),
                )
                masks.append(builder.and_(lanes.first(end), builder.not_(lanes.first(start))))
                steps.append(builder.sub(builder.mul(lanes.size(row), line), start))
            whole = lanes.first(builder.sub(target.columns, first))
            with (
                cgutils.for_range(builder, source.shape[0]) as y,
                cgutils.for_range(builder, source.shape[1]) as x,
                cgutils.for_range(builder, source.shape[2]) as image,
            ):
                place = y.index, x.index, image.index
                window, value = source.address(*place), lanes.constant(0.0)
                for step, mask in zip(steps, masks, strict=True):
                    value = lanes.load(lanes.further(window, step), mask, value)
                lanes.store(value, target.address(*place, first), whole)
        return context.get_dummy_value()

    return void(source, types.intp, types.intp, target), emit


def _portable(source: Float32, line: int, width: int, target: Float32) -> None:
    """The same in NumPy."""
    rows = -(-target.shape[-1] // width)
    steps = tuple(step * source.itemsize for step in (line, 1))
    windows = np.lib.stride_tricks.as_strided(source, (*source.shape, rows, width), (*source.strides, *steps))
    target[:] = windows.reshape(*source.shape, -1)


#: copy_windows(source, line, width, target): target[y, x, i, :] = the rows of a window, `width` elements each; source
#: [y, x, i] is its first element, and `line` elements further on begins its next row. The target's last axis is
#: contiguous, and a multiple of `width`: at most TALLEST times.
copy_windows: Callable[..., None] = _portable if DISABLE_JIT else intrinsic(_emit_copy)

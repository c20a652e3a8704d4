"""Counters that several threads change at once, for kernels that run without the GIL."""

from __future__ import annotations

import threading
import time
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import int32, int64, types, uint32
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

COUNTERS = int64[::1]

Counters = NDArray[np.int64]


def _element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Pointer to ``arguments[0][arguments[1]]``."""
    array_type = signature.args[0]
    array = context.make_array(array_type)(context, builder, arguments[0])
    return cgutils.get_item_pointer(context, builder, array_type, array, [arguments[1]], wraparound=False)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is half typed
def _fetch_add(typing_context: Any, counters: Any, index: Any, amount: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", _element(context, builder, signature, arguments), arguments[2], "acq_rel")

    return int64(COUNTERS, int64, int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # as above
def _load(typing_context: Any, counters: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _element(context, builder, signature, arguments)
        return builder.load_atomic(pointer, "acquire", 8, typ=ir.IntType(64))

    return int64(COUNTERS, int64), generate


_lock = threading.Lock()


def _add_alone(counters: Counters, index: int, amount: int) -> int:
    with _lock:
        before = int(counters[index])
        counters[index] += amount
    return before


def _read_alone(counters: Counters, index: int) -> int:
    return int(counters[index])


#: fetch_add(counters, index, amount): add, and return what was there before; what was written earlier is seen by
#: whoever reads the new value with `load`.
fetch_add: Any = _add_alone if numba.config.DISABLE_JIT else _fetch_add
#: load(counters, index): the present value.
load: Any = _read_alone if numba.config.DISABLE_JIT else _load
#: yield_core(): let another thread have the core (POSIX sched_yield).
yield_core: Any = (lambda: 0) if numba.config.DISABLE_JIT else types.ExternalFunction("sched_yield", int32())
#: rest(microseconds): sleep (POSIX usleep).
rest: Any = (
    (lambda microseconds: time.sleep(1e-6 * microseconds))
    if numba.config.DISABLE_JIT
    else types.ExternalFunction("usleep", int32(uint32))
)

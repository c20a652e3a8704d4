"""All tables of an engine behind one integer, which is what Python hands to the compiled code.

Unboxing an array of records costs 0.1 us per call, and the engine has a dozen of them; an integer costs 0.02 us.
Measured in a closed-loop incast of 64 senders through SimPy: 2.5 us per message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.flows.tables import CROWD, EVENT, FLOW, HOP, LINK, NODE, PATH, RUN, STATE, WAKE, Table
from kernels.inlined import inlined

#: Rows that a view claims to have: a table's length matters to nobody but the one who makes it grow.
ROWS = 1 << 40

#: What is in each table, in the order of the addresses.
RECORDS = (STATE, LINK, CROWD, PATH, np.int32, FLOW, HOP, EVENT, np.int32, NODE, np.int32, RUN, WAKE, EVENT)


class Anchor:
    """Where an engine's tables are.

    Parameters
    ----------
    *tables
        In the order of `RECORDS`.

    Attributes
    ----------
    handle : int
        Stands for the tables in a call of a kernel, while this object lives. (Uncompiled: the tables themselves.)
    """

    def __init__(self, *tables: Table) -> None:
        self._tables: list[Table | None] = [None] * len(RECORDS)
        self._addresses = np.zeros(len(RECORDS), np.int64)
        self.handle: Any = self._tables if DISABLE_JIT else self._addresses.ctypes.data
        self.move(*tables)

    def move(self, *tables: Table) -> None:
        """Take note of tables that have been replaced by longer ones."""
        for number, table in enumerate(tables):
            if table is not self._tables[number]:
                self._tables[number] = table
                self._addresses[number] = table.ctypes.data


def _emit_pointer(typing: Any, handle: Any, number: Any) -> Any:
    """Emit ``addresses[number]`` as a pointer."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        addresses = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.inttoptr(builder.load(builder.gep(addresses, [arguments[1]])), cgutils.voidptr_t)

    return types.voidptr(types.int64, types.int64), emit


_pointer: Any = intrinsic(_emit_pointer)


def _view(number: int) -> Callable[[Any], Table]:
    """Make the function that gives a kernel a table."""
    record = np.dtype(RECORDS[number])

    def portable(handle: Any) -> Table:
        return handle[number]  # type: ignore[no-any-return]  # uncompiled, the handle is a tuple of tables

    def compiled(handle: int) -> Table:
        return carray(_pointer(handle, number), (ROWS,), record)  # type: ignore[no-any-return]  # Numba is half typed

    return portable if DISABLE_JIT else inlined(compiled)


(
    state_of, links_of, crowds_of, paths_of, trail_of, flows_of, hops_of, heap_of, queue_of, nodes_of, successors_of,
    runs_of, wakes_of, hushed_of,
) = (_view(number) for number in range(len(RECORDS)))  # fmt: skip

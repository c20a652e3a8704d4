"""Records fetched into the cache before the event that needs them: thousands of flows at a time do not fit there.

The next event is at the root of the heap, the ones after it are near: while one is handled, the records of the next
are on their way. `benchmarks/scale.py` has the collectives that gain by it.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from kernels.flows.tables import Table
from kernels.inlined import inlined

#: The records of fewer flows are in the cache anyway.
FEW = 512

#: Bytes that a processor fetches at a time.
LINE = 64


def _emit_fetch(typing: Any, table: Any, row: Any) -> Any:
    """Emit a hint, for each line of a record, that it will be written."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        word, byte, hint = ir.IntType(64), ir.IntType(8).as_pointer(), ir.IntType(32)
        kinds = [byte, hint, hint, hint]
        function = ir.FunctionType(ir.VoidType(), kinds)
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], function)
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        first = builder.add(builder.ptrtoint(data, word), builder.mul(arguments[1], word(size)))
        for offset in range(0, size, LINE):
            address = builder.inttoptr(builder.add(first, word(offset)), byte)
            builder.call(prefetch, [address, hint(1), hint(3), hint(1)])  # to write, to stay, data
        return context.get_dummy_value()

    return types.none(table, types.int64), emit


def _uncompiled(table: Table, row: int) -> None:
    """There is nothing to hint at."""


_fetch: Any = _uncompiled if DISABLE_JIT else intrinsic(_emit_fetch)


@inlined
def look_ahead(
    state: Table, links: Table, paths: Table, flows: Table, hops: Table, heap: Table, nodes: Table, successors: Table
) -> None:
    """Fetch what the next events will need: flows, then what these name, then what that names.

    Each is a level of the heap nearer to the root, so that a record has come when it is read to find the next.
    """
    if state[0].events < 7 or state[0].used <= FEW:
        return
    for place in range(3, 7):
        _fetch(flows, heap[place].flow)
    for place in range(1, 3):
        f = heap[place].flow
        _fetch(nodes, flows[f].node)
        _fetch(paths, flows[f].path)
        _fetch(hops, f * state[0].stride)
    f = heap[0].flow
    if flows[f].node >= 0:
        _fetch(successors, nodes[flows[f].node].first)
    for hop in range(f * state[0].stride, f * state[0].stride + min(2, flows[f].hops)):
        _fetch(links, hops[hop].link)

"""The decorator of kernels that become part of the kernel that calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def inlined(function: Function) -> Function:
    """Compile a function into its callers.

    Notes
    -----
    ``forceinline``: the functions of the network's engine are short and take many tables, each of them seven machine
    words and a reference count that a real call increments atomically; without calls LLVM removes both. For what runs
    for every flow; what is rare stays a call, from the outermost kernel, since inlined it costs the frequent code
    registers. The operations of the tape are inlined because they are read one by one and played by one loop.
    Measured on a ring all-reduce of 64 ranks: 1.0 million flows per second with calls, 1.5 with everything inlined, 4.2
    this way. Not cached: it has no code of its own, only what its callers have in theirs.
    The other options are those of `kernels.jit.kernel`; whether references are counted is up to the caller, so that a
    function which returns arrays has callers of one kind only.
    """
    compiled: Function = numba.njit(
        nogil=True, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)
    return compiled

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
    ``forceinline``: the engine's functions are short and take many tables, each of them seven machine words and a
    reference count that a real call increments atomically; without calls LLVM removes both (flows per second of a ring
    all-reduce: 2.2 million to 3.0 million). For what runs for every flow; what is rare is better called, since inlined
    it costs the frequent code registers. Not cached: it has no code of its own, only what its callers have in theirs.
    The other options are those of `kernels.jit.kernel`.
    """
    compiled: Function = numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return compiled

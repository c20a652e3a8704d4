"""Kernels that Python calls very often, for very little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import config


def straight(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """Return what Python calls a kernel by without having the types of the arguments looked at.

    Parameters
    ----------
    function
        A kernel with an explicit signature (see `kernels.jit.kernel`).
    signature
        That one. Arguments are converted to its types, or refused.

    Notes
    -----
    Numba finds the form of a kernel that fits the arguments at every call, which takes 0.1 us: as long as the rest of
    a call, and as sending a message through an idle network.
    """
    if config.DISABLE_JIT:
        return function
    compiled: Any = function
    code: Callable[..., Any] = compiled.get_overload(signature)
    return code

"""The one decorator behind every compiled kernel, and where the compiled code is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])


def _fingerprint() -> str:
    """Digest of every kernel source: Numba looks only at the time stamp of the file that defines a function.

    A kernel that calls another one (or an intrinsic) in a second file would otherwise keep running the second file's
    old machine code after an upgrade.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> Path:
    """``$PACELINE_CACHE_DIR``, else ``$XDG_CACHE_HOME/paceline``, else ``~/.cache/paceline``."""
    root = os.environ.get("PACELINE_CACHE_DIR")
    if root is None:
        root = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "paceline")
    return Path(root) / _fingerprint()


CACHE_DIRECTORY = _cache_directory()


def kernel(signature: Any = None) -> Callable[[Function], Function]:
    """Compile a function for Numba's nopython mode, once per machine.

    Parameters
    ----------
    signature
        An explicit Numba signature (or a list of them): the function is compiled, or loaded from the cache, when its
        module is imported, and can be passed to another kernel as a first-class function. None compiles on first call.

    Notes
    -----
    ``nogil``: the tape's executor runs beside SimPy. ``cache``: a second process starts warm. ``error_model="numpy"``:
    a division never branches into a Python exception. No ``fastmath``: sums are not re-associated, so that the same
    inputs give the same bits on every x86 host, thread count and batch grouping.
    """

    def decorate(function: Function) -> Function:
        previous = config.CACHE_DIR
        config.CACHE_DIR = str(CACHE_DIRECTORY)
        try:
            arguments = () if signature is None else (signature,)
            compiled: Function = numba.njit(*arguments, nogil=True, cache=True, error_model="numpy")(function)
        finally:
            config.CACHE_DIR = previous
        return compiled

    return decorate

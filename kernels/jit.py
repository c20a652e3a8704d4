"""The one decorator behind every compiled kernel, and where the compiled code is kept."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config
from numba.core.caching import FunctionCache

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
    if not root:
        root = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "paceline")
    return Path(root) / _fingerprint()


CACHE_DIRECTORY = _cache_directory()


class _Cache(FunctionCache):  # type: ignore[misc]  # Numba is half typed
    """Numba's cache, as something that can be done without: what cannot be read or kept there is compiled again."""

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            return super().load_overload(signature, context)
        except Exception:  # a damaged file may hold anything, and say so in any way
            self.disable()
            with suppress(OSError):
                self.flush()
                self.enable()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        try:
            super().save_overload(signature, compiled)
        except OSError as error:
            _warn(error.strerror)


def _enable_caching(dispatcher: Any) -> None:
    """Keep what is compiled in CACHE_DIRECTORY or nowhere.

    The places that Numba would turn to instead are not named after the digest of the sources.
    """
    previous = config.CACHE_DIR
    config.CACHE_DIR = str(CACHE_DIRECTORY)
    try:
        cache = _Cache(dispatcher.py_func)
    except RuntimeError:  # Numba has found no place at all
        cache = None
    finally:
        config.CACHE_DIR = previous
    if cache is not None and Path(cache.cache_path).is_relative_to(CACHE_DIRECTORY):
        dispatcher._cache = cache
    else:
        _warn("nothing can be written there")


def _warn(reason: str | None) -> None:
    warnings.warn(
        f"{CACHE_DIRECTORY}: {reason}; kernels are compiled again by every process, which takes a minute, unless "
        "PACELINE_CACHE_DIR names a directory with room for 20 MB",
        RuntimeWarning,
        stacklevel=2,
    )


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
        compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
        if config.DISABLE_JIT:
            return function
        _enable_caching(compiled)
        if signature is not None:
            for each in signature if isinstance(signature, list) else [signature]:
                compiled.compile(each)
            compiled.disable_compile()
        return cast(Function, compiled)

    return decorate

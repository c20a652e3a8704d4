"""The one decorator behind every compiled kernel, and where the compiled code is kept."""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator, _SourceFileBackedLocatorMixin

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


class _Place(_SourceFileBackedLocatorMixin, _CacheLocator):  # type: ignore[misc]  # Numba is half typed
    """CACHE_DIRECTORY, whether it can be written or only read.

    The places that Numba would turn to instead are not named after the digest of the sources.
    """

    def __init__(self, function: Any, file: str) -> None:
        self._py_file, self._lineno = file, function.__code__.co_firstlineno  # what the mixin asks for
        self._path = CACHE_DIRECTORY / self.get_suitable_cache_subpath(file)

    @classmethod
    def from_function(cls, function: Any, file: str) -> _Place:
        return cls(function, file)

    def get_cache_path(self) -> str:
        return str(self._path)


class _Form(CompileResultCacheImpl):  # type: ignore[misc]  # as above
    _locator_classes = (_Place,)


class _Cache(FunctionCache):  # type: ignore[misc]  # as above
    """Numba's cache, as something that can be done without: what cannot be read or kept there is compiled again."""

    _impl_class = _Form

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            return super().load_overload(signature, context)
        except Exception:  # a damaged file may hold anything, and say so in any way
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        try:
            super().save_overload(signature, compiled)
        except Exception as error:  # as above
            reason = str(error.strerror) if isinstance(error, OSError) else "holds a damaged file"
            _warn(CACHE_DIRECTORY, reason)


@functools.cache  # a compilation makes Python forget what it has warned of
def _warn(directory: Path, reason: str) -> None:
    warnings.warn(
        f"{directory}: {reason}; kernels are compiled again by every process, which takes a minute, unless "
        "PACELINE_CACHE_DIR names a directory with room for 50 MB",
        RuntimeWarning,
        stacklevel=2,
    )


def kernel(signature: Any = None, *, counted: bool = True) -> Callable[[Function], Function]:
    """Compile a function for Numba's nopython mode, once per machine.

    Parameters
    ----------
    signature
        An explicit Numba signature (or a list of them): the function is compiled, or loaded from the cache, when its
        module is imported, and can be passed to another kernel as a first-class function. None compiles on first call.
    counted
        Count references to arrays, which takes two atomic operations for every one that is passed or sliced. False for
        a kernel whose arrays are all its caller's, and which allocates none, nor what is compiled into it; kernels that
        it calls then have nothing to count either. (The option has no public name in Numba.)

    Notes
    -----
    ``nogil``: the tape's executor runs beside SimPy. ``cache``: a second process starts warm. ``error_model="numpy"``:
    a division never branches into a Python exception. No ``fastmath``: sums are not re-associated, so that the same
    inputs give the same bits on every x86 host, thread count and batch grouping.
    """

    def decorate(function: Function) -> Function:
        if config.DISABLE_JIT:
            return function
        compiled: Any = numba.njit(nogil=True, error_model="numpy", _nrt=counted)(function)
        compiled._cache = _Cache(function)
        if signature is not None:
            for each in signature if isinstance(signature, list) else [signature]:
                compiled.compile(each)
            compiled.disable_compile()
        return cast(Function, compiled)

    return decorate

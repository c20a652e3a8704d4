"""The one decorator behind every compiled kernel, and where the compiled code is kept."""

from __future__ import annotations

import functools
import hashlib
import os
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
from numba.core import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

from kernels.closure import digest
from kernels.declared import Declared

Function = TypeVar("Function", bound=Callable[..., Any])

_DAY = 86400.0  # s
# An entry that nobody has used for so long is removed.
_KEPT = 30 * _DAY


def _cache_directory() -> Path:
    """``$PACELINE_CACHE_DIR``, else ``$XDG_CACHE_HOME/paceline``, else ``~/.cache/paceline``."""
    root = os.environ.get("PACELINE_CACHE_DIR")
    if not root:
        root = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "paceline")
    return Path(root)


CACHE_DIRECTORY = _cache_directory()

# Of every file with kernels: the spec of its module's import, and the entry that this import uses.
_entries: dict[str, tuple[Any, str]] = {}


def _entry(function: Any, file: str) -> str:
    """Name of a folder of CACHE_DIRECTORY: after a module and all that decides what its kernels compile to.

    Numba itself looks only at the file that defines a function. A kernel that calls another one (or an intrinsic) in a
    second file would keep running the second file's old machine code after an upgrade.
    """
    spec = function.__globals__.get("__spec__")  # another one after a reload, perhaps of other sources
    known, entry = _entries.get(file, (None, ""))
    if spec is None or spec is not known:
        state = f"{numba.__version__} {llvmlite.__version__} {function.__module__} {digest(file)}"
        entry = f"{Path(file).stem}-{hashlib.sha256(state.encode()).hexdigest()[:32]}"
        _entries[file] = spec, entry
        _mark_used(entry)
    return entry


def _mark_used(entry: str) -> None:
    """Renew an entry's time stamp, at most once a day."""
    folder = os.path.join(CACHE_DIRECTORY, entry)
    with suppress(OSError):  # there is none yet, or it can only be read
        if time.time() - os.stat(folder).st_mtime > _DAY:
            os.utime(folder)


def _forget() -> None:
    """Remove the entries that nobody has used for long: of modules as they once were, or that are gone.

    Other processes may go on: files vanish as a whole, machine code before the index that names it, and who does not
    find it compiles.
    """
    for folder in CACHE_DIRECTORY.glob("*-" + 32 * "[0-9a-f]"):
        with suppress(OSError):  # another process was faster, or it is another user's
            if time.time() - folder.stat().st_mtime > _KEPT:
                for file in [*folder.glob("*.nbc*"), *folder.glob("*.nbi*")]:
                    file.unlink(missing_ok=True)
                folder.rmdir()


class _Place(_CacheLocator):  # type: ignore[misc]  # Numba is half typed
    """A function's place in CACHE_DIRECTORY, whether that can be written or only read.

    The places that Numba would turn to instead are not named after the sources.
    """

    def __init__(self, function: Any, file: str) -> None:
        self._py_file = file  # what Numba's warnings name
        self._line = function.__code__.co_firstlineno
        self._entry = _entry(function, file)
        self._path = os.path.join(CACHE_DIRECTORY, self._entry)

    @classmethod
    def from_function(cls, function: Any, file: str) -> _Place:
        return cls(function, file)

    def get_cache_path(self) -> str:
        return self._path

    def get_source_stamp(self) -> str:
        return self._entry

    def get_disambiguator(self) -> str:
        return str(self._line)

    def ensure_cache_path(self) -> None:
        if not os.path.exists(self._path):
            _forget()
        super().ensure_cache_path()


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
        f"{directory}: {reason}; kernels are compiled again by every process, which takes half a minute, unless "
        "PACELINE_CACHE_DIR names a directory with room for 50 MB",
        RuntimeWarning,
        stacklevel=2,
    )


def kernel(signature: Any = None, *, counted: bool = True) -> Callable[[Function], Function]:
    """Compile a function for Numba's nopython mode, once per machine.

    Parameters
    ----------
    signature
        An explicit Numba signature (or a list of them): each is compiled, or loaded from the cache, when it is first
        needed, and the function can be passed to another kernel as a first-class function. None: those of its calls.
    counted
        Count references to arrays, which takes two atomic operations for every one that is passed or sliced. False for
        a kernel whose arrays are all its caller's, and which allocates none, nor what is compiled into it; kernels that
        it calls then have nothing to count either. (The option has no public name in Numba.)

    Notes
    -----
    ``nogil``: the tape's executor runs beside SimPy. ``cache``: a second process starts warm. ``error_model="numpy"``:
    a division never branches into a Python exception. No ``fastmath``: sums are not re-associated, so that the same
    inputs give the same bits on every thread count and batch grouping, and on every x86 host that can multiply and add
    in one step (FMA, in all since 2013); one that cannot rounds twice where the others round once.
    """

    def decorate(function: Function) -> Function:
        if config.DISABLE_JIT:
            return function
        options = {"nopython": True, "nogil": True, "error_model": "numpy", "_nrt": counted, "boundscheck": None}
        compiled = Declared(function, targetoptions=options)
        with suppress(OSError):  # what was typed at a prompt has no source to go by
            compiled._cache = _Cache(function)
        if signature is not None:
            compiled.declare(signature if isinstance(signature, list) else [signature])
        return cast(Function, compiled)

    return decorate

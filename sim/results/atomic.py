"""Files and directories that are either complete or not there.

What is being written has a name of its own, `.NAME.PID.partial`, and is locked by its writer. A writer that is killed
leaves it behind without the lock, and whoever next writes the same name removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

#: Signals that end what is being done.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file under a temporary name beside it and rename it when its bytes are on the disk.

    Parameters
    ----------
    path
        Where the file appears, replacing what was there.
    write
        Called once with the open binary file. When it raises, the temporary file is removed and ``path`` is as before.
    """
    remove_leftovers(path)
    partial = _partial(path, path.parent)
    with _naming(path):
        try:
            with partial.open("wb") as file:
                _lock(file.fileno())
                write(file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    _sync(path.parent)


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write these bytes; see `write_atomically`."""
    write_atomically(path, lambda file: file.write(data))


def remove_leftovers(path: Path) -> None:
    """Remove what writers of a file or a directory have left that were killed; what is being written stays.

    Parameters
    ----------
    path
        What they were to write.
    """
    for folder in (path.parent, path):
        for name in _names(folder):
            if is_partial(name, path.name):
                _remove_unless_locked(folder / name)


def remove_leftovers_in(folder: Path) -> None:
    """Remove from a folder what writers of anything in it have left that were killed; what is being written stays."""
    for name in _names(folder):
        if is_partial(name):
            _remove_unless_locked(folder / name)


def is_partial(name: str, whole: str | None = None) -> bool:
    """Whether a file or a directory of this name is to become `whole`, or anything where that is not said.

    Examples
    --------
    >>> is_partial(".run.17.partial"), is_partial(".run.17.partial", "other"), is_partial("run")
    (True, False, False)
    """
    wanted = ".+" if whole is None else re.escape(whole)
    return re.fullmatch(rf"\.{wanted}\.[0-9]+\.partial", name, re.DOTALL) is not None


def _names(folder: Path) -> list[str]:
    """What is in a folder; nothing where there is none, or it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove_unless_locked(partial: Path) -> None:
    with suppress(OSError):  # somebody else's, or gone: it was not in the way
        descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            else:
                partial.unlink()
        finally:
            os.close(descriptor)


def _partial(path: Path, folder: Path) -> Path:
    """The name of what is to become `path`, while it is written in a folder by this process."""
    return folder / f".{path.name}.{os.getpid()}.partial"


def _lock(descriptor: int) -> None:
    """Say that somebody still writes here; a file system without locks has leftovers only."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Have errors of the block say what was to be written: a disk that is full does not."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


def _sync_all(directory: Path) -> None:
    """Have on the disk what is in a directory, and below it."""
    for folder, _, files in os.walk(directory):
        for name in files:
            _sync(os.path.join(folder, name))
        _sync(folder)


def _sync(path: str | Path) -> None:
    """Have a file on the disk; of a directory, the names that are in it: they make a renaming durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def write_directory_atomically(path: Path, last: str, optional: Sequence[str] = ()) -> Iterator[Path]:
    """Write files into a hidden directory, all of which appear in `path` when their bytes are on the disk.

    Where `path` is not there or empty, the hidden directory takes its name. Where it holds something already, files are
    moved into it one after the other, `last` at the end and its earlier version removed at the beginning, without being
    interrupted. When the body raises, `path` is as before.

    Parameters
    ----------
    path
        The directory; made where it does not exist.
    last
        The file whose presence says that all are there.
    optional
        Files of an earlier version that are removed where the new one does not have them.

    Yields
    ------
    Path
        Where to write.
    """
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True)
    beside = path.parent if os.access(path.parent, os.W_OK) else path
    remove_leftovers(path)
    partial = _partial(path, beside)
    partial.mkdir()
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        _lock(descriptor)
        with _naming(path):
            yield partial
            _sync_all(partial)
        _take_the_place(partial, path, last, optional)
    finally:
        os.close(descriptor)
        shutil.rmtree(partial, ignore_errors=True)


def _take_the_place(partial: Path, path: Path, last: str, optional: Sequence[str]) -> None:
    if path != Path.cwd() and not any(path.iterdir()):
        partial.replace(path)
        _sync(path.parent)
        return
    files = sorted(file.relative_to(partial) for file in partial.rglob("*") if file.is_file())
    files.sort(key=lambda file: file == Path(last))
    with _uninterrupted():
        for name in (last, *optional):
            (path / name).unlink(missing_ok=True)
        for file in files:
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (partial / file).replace(path / file)
        _sync(path)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have signals that would end the block wait for its end.

    A signal mask would not do: it is the main thread's, and a thread of the linear algebra may take the signal for it.
    """
    if threading.current_thread() is not threading.main_thread():  # Python raises nothing in other threads
        yield
        return
    waiting: list[int] = []
    before = {number: signal.signal(number, lambda which, frame: waiting.append(which)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for which in waiting:
            signal.raise_signal(which)

"""Files and directories that are either complete or not there."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = str(path)  # a disk that is full does not say so
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """Make the renaming itself durable: it is the directory that holds a file's name."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def write_directory_atomically(path: Path, last: str, optional: Sequence[str] = ()) -> Iterator[Path]:
    """Write files into a hidden directory, all of which appear in `path` at the end, and none of them before.

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
    partial = beside / f".{path.name}.{os.getpid()}.partial"
    partial.mkdir()
    try:
        yield partial
        _take_the_place(partial, path, last, optional)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _take_the_place(partial: Path, path: Path, last: str, optional: Sequence[str]) -> None:
    if path != Path.cwd() and not any(path.iterdir()):
        partial.replace(path)
        _sync_directory(path.parent)
        return
    files = sorted(file.relative_to(partial) for file in partial.rglob("*") if file.is_file())
    files.sort(key=lambda file: file == Path(last))
    with _uninterrupted():
        for name in (last, *optional):
            (path / name).unlink(missing_ok=True)
        for file in files:
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (partial / file).replace(path / file)
        _sync_directory(path)


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

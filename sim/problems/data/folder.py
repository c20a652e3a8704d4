"""Files in a folder that the user names: found, and read with every size checked before anything is allocated."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError

#: The most that is read of one file, decompressed (B); as float32 it is four times this.
LARGEST = 2**30
#: Deflate makes data at most this many times smaller (a match of 258 bytes in 2 bits).
MOST_COMPRESSION = 1032


class File(NamedTuple):
    """A file as it was when it was found; equal as long as nobody writes it.

    Attributes
    ----------
    path
        Where it is, without symbolic links.
    size
        On the disk (B).
    identity
        Number of the file on its device, and when it was last written, and changed in any way (ns since 1970): a file
        that takes another's place may be as large, and say that it is as old.
    compressed
        The name in the folder ends in ``.gz``; that of a file which is linked there need not.
    """

    path: Path
    size: int
    identity: tuple[int, int, int]
    compressed: bool

    @property
    def most(self) -> int:
        """What it can hold at most (B)."""
        return self.size * MOST_COMPRESSION if self.compressed else self.size


def find(folder: str, names: list[str], remedy: str, also: Sequence[str] = ()) -> File:
    """Find the first of several files that a folder has.

    Parameters
    ----------
    folder
        What the user gave; ``~`` is the home folder.
    names
        Paths from there, best first.
    remedy
        Where to get the data: the end of the message.
    also
        Rarer paths, tried after those, of which a message says nothing.

    Raises
    ------
    FieldError
        ``folder: ...`` if there is no such folder, or none of the files in it.
    """
    if not folder:
        raise FieldError("folder", f"no folder is given; {remedy}")
    place = Path(os.path.expanduser(folder))  # Path.expanduser would raise for a user that does not exist
    with refusing(place, remedy):
        if not place.is_dir():
            raise ValueError("is a file, expected a folder" if place.exists() else "there is no such folder")
        for path in (place / name for name in (*names, *also)):
            if path.is_file():
                status = path.stat()
                identity = status.st_ino, status.st_mtime_ns, status.st_ctime_ns
                return File(path.resolve(), status.st_size, identity, path.suffix == ".gz")
        others = [f", {name} is {_kind(place / name)}" for name in names if os.path.lexists(place / name)]
        raise ValueError(f"has no file {' or '.join(names)}" + "".join(others))


def _kind(path: Path) -> str:
    """What is there in place of a file."""
    if path.is_dir():
        return "a folder"
    return "a pipe, a socket or a device" if path.exists() else "a link to nothing"


@contextmanager
def refusing(path: Path, remedy: str) -> Iterator[None]:
    """Turn whatever is wrong with a file into ``FieldError: folder: <path>: <what is wrong>; <remedy>``."""
    try:
        yield
    except EOFError as error:
        raise FieldError("folder", f"{path}: is truncated, its compressed data have no end; {remedy}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FieldError("folder", f"{path}: is not a sound gzip file ({error}); {remedy}") from error
    except OSError as error:
        raise FieldError("folder", f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    except ValueError as error:
        raise FieldError("folder", f"{path}: {error}; {remedy}") from error


def opened(file: File) -> BinaryIO:
    """Open a file to read what it holds, decompressed where need be."""
    return cast(BinaryIO, gzip.open(file.path, "rb")) if file.compressed else file.path.open("rb")


def check_rest(stream: BinaryIO, size: int, file: File) -> None:
    """Refuse a file that cannot have `size` bytes left, without reading them; the message lacks the file's name."""
    if size > LARGEST:
        raise ValueError(f"promises {size} bytes of data, expected at most {LARGEST}")
    most = file.most - stream.tell()
    if size > most:
        raise ValueError(f"has {'at most ' if file.compressed else ''}{most} bytes of data, expected {size}")


def read_rest(stream: BinaryIO, size: int, file: File) -> NDArray[np.uint8]:
    """Read what is left of a file, which must be `size` bytes; nothing is allocated unless it can be.

    Returns
    -------
    uint8 [size]

    Raises
    ------
    ValueError
        What is wrong, without the file's name, which `refusing` adds.
    """
    check_rest(stream, size, file)
    data = np.empty(size, np.uint8)
    view, read = data.data, 0
    while read < size and (count := cast(int, stream.readinto(view[read:]))):  # type: ignore[attr-defined]  # every binary file has it, but typing.BinaryIO does not say so
        read += count
    if read < size:
        raise ValueError(f"has {read} bytes of data, expected {size}")
    if stream.read(1):
        raise ValueError(f"has more than the {size} bytes of data that are expected")
    return data

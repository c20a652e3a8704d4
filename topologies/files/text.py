"""The text of a file that somebody names: looked at before it is opened, as a pipe would be waited for forever."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from pathlib import Path

#: What is read of one file as text (B): its lists and numbers take ten times that.
MOST_BYTES = 2**29
#: What text in another encoding begins with.
_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Read a text file in UTF-8, with or without a byte-order mark.

    Parameters
    ----------
    path
        The file.
    most
        What it may have (B).

    Raises
    ------
    ValueError
        If it is a pipe, a socket or a device, which might never end, or larger, of which nothing is read, or not text;
        without the file's name.
    OSError
        If there is no such file, it is a folder, or it cannot be read.

    Examples
    --------
    >>> read_text(Path("/dev/null"))
    Traceback (most recent call last):
    ValueError: is a pipe, a socket or a device, expected a file
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is a pipe, a socket or a device, expected a file")
    if status.st_size > most:
        raise ValueError(f"has {status.st_size} bytes, expected at most {most}")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith(_OTHERS):
            raise ValueError("is not text in UTF-8, but in UTF-16 or UTF-32; save it as UTF-8") from error
        raise ValueError("is not text in UTF-8") from error

"""Files of other tools that are given where they do not belong: told by what is in them, whatever they are called."""

from __future__ import annotations

import re
from pathlib import Path

#: How much of a file is looked at that has no name of ours (B).
_BEGINNING = 2**16
#: The line over the table that every program of nccl-tests (and rccl-tests) prints.
_NCCL_TESTS = re.compile(r"^#\s+size\s+count\s+.*\btime\b.*\balgbw\b.*\bbusbw\b", re.MULTILINE)


def refuse_foreign(text: str) -> None:
    """Say what a file is that is meant for something else.

    Parameters
    ----------
    text
        What is in the file.

    Raises
    ------
    ValueError
        If it is a log of nccl-tests; without the file's name.

    Examples
    --------
    >>> refuse_foreign("# size count type redop time algbw busbw")
    Traceback (most recent call last):
    ValueError: is a log of nccl-tests, which has the times of collectives by their bytes, and nothing else
    """
    if _NCCL_TESTS.search(text):
        raise ValueError("is a log of nccl-tests, which has the times of collectives by their bytes, and nothing else")


def foreign_file(path: str) -> str:
    """What a file is that `refuse_foreign` would refuse; nothing of another, or where there is none.

    Parameters
    ----------
    path
        The file, whose name may be any, and which may hold anything.
    """
    if not Path(path).is_file():
        return ""
    with Path(path).open("rb") as file:
        try:
            refuse_foreign(file.read(_BEGINNING).decode("utf-8", "replace"))
        except ValueError as error:
            return str(error)
    return ""

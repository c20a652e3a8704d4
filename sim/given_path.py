"""A path that a verb is given on the command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path


def given_path(text: str) -> Path:
    """The path that a word names, for ``type`` of an argument.

    Raises
    ------
    ArgumentTypeError
        If the word is empty, as an unset variable of a shell is: ``Path("")`` would be the working directory.

    Examples
    --------
    >>> given_path("runs").name
    'runs'
    """
    if not text:
        raise ArgumentTypeError("the name is empty; give a path, or . for the working directory")
    return Path(text)

"""Words from outside, fit for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text without control characters, so that a name from a file cannot move a terminal's cursor.

    Examples
    --------
    >>> printable("runs\x1b[2J")
    'runs�[2J'
    """
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)

"""The name of a run's folder: what sets the run apart, in words, and the digest of its question."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The longest that the words may be, and how many digits of the digest follow.
WORDS, DIGITS = 120, 10


def folder_name(varied: Sequence[str], question: str) -> str:
    """Name the folder of a run.

    Parameters
    ----------
    varied
        The ``key=value`` words that other runs of the sweep do not have.
    question
        See `sim.question`.

    Examples
    --------
    >>> folder_name(["workers=8", "optimizer.lr=0.1"], "0123456789abcdef")
    'workers=8,lr=0.1-0123456789'
    """
    words = ",".join(word.partition("=")[0].rpartition(".")[2] + "=" + word.partition("=")[2] for word in varied)
    return f"{re.sub(r'[^A-Za-z0-9_.=,+-]+', '_', words)[:WORDS] or 'run'}-{digits(question)}"


def digits(question: str) -> str:
    """What a folder's name has of the digest."""
    return question[:DIGITS]


def words_of(name: str) -> str:
    """The words in a folder's name."""
    return name.rpartition("-")[0] or name


def digits_of(name: str) -> str:
    """The digest's digits in a folder's name, or nothing that could be mistaken for them."""
    return name.rpartition("-")[2]

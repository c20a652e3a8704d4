"""What a docstring in NumPy style says, read part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import NamedTuple

_HEADING = re.compile(r"^([A-Z][\w ]*)\n-{3,}\n", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z`])")


class Entry(NamedTuple):
    """One entry of a section such as ``Parameters``: its names, the type where one stands behind them, and the text."""

    names: list[str]
    type: str
    text: str


def summary(docstring: str | None) -> str:
    """The first sentence of a docstring, without its full stop; empty where there is no docstring."""
    return first_sentence(cleandoc(docstring or "").partition("\n\n")[0])


def entries(docstring: str | None, section: str) -> Iterator[Entry]:
    """The entries of one section of a docstring, none where it has no such section; their text is on one line."""
    _, *parts = _HEADING.split(cleandoc(docstring or ""))
    body = dict(zip(parts[::2], parts[1::2], strict=True)).get(section, "")
    for entry in re.split(r"^(?=\S)", body, flags=re.MULTILINE)[1:]:
        declared, _, text = entry.partition("\n")
        names, _, its_type = declared.partition(" : ")
        yield Entry(names.split(", "), its_type, " ".join(text.split()))


def first_sentence(text: str) -> str:
    """A text up to its first full stop before a capital letter: "et al. 2016" and "e.g. [4,8]" end no sentence."""
    return " ".join(_SENTENCE_END.split(text.strip())[0].split()).removesuffix(".")

"""Files of measurements: JSON, whose objects are looked at key by key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from topologies.files.text import read_text

#: What a file may have (B).
MOST_BYTES = 2**26
#: Numbers that are nobody's are smaller, or larger; and so are counts.
LEAST, MOST, MOST_COUNT = 1e-12, 1e24, 10**9
#: Where the keys of each file are written down.
SEE = "docs/validation.md says what a file has"


def loaded(path: Path | None, digest: str) -> tuple[Any, str]:
    """What a file has, and what it is called; the package's own digest where no file is given.

    Parameters
    ----------
    path
        The file; None: the digest.
    digest
        Name of the digest, a file of this package.

    Raises
    ------
    ValueError
        In one line, if it is no JSON.
    OSError
        If it cannot be read.
    """
    if path is None:
        return decoded(files(__package__).joinpath(digest).read_text("utf-8"), digest), digest
    try:
        text = read_text(path, MOST_BYTES)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return decoded(text, str(path)), str(path)


def decoded(text: str, file: str) -> Any:
    """JSON as what it says.

    Parameters
    ----------
    text
        The JSON.
    file
        What the file is called.

    Raises
    ------
    ValueError
        In one line, if it is none.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{file}: is no JSON ({error}); {SEE}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: is nested too deeply; {SEE}") from error


class Entry:
    """An object of a file, whose keys are looked at one by one.

    Parameters
    ----------
    record
        What the file has.
    where
        The file, and the place in it, as a message names them.

    Raises
    ------
    ValueError
        In one line, here and from its methods: the file, the place, the key, what was expected, and what is there.
    """

    def __init__(self, record: Any, where: str) -> None:
        self.where = where
        if not isinstance(record, Mapping):
            raise ValueError(f"{where}: expected an object, got {_shown(record)}; {SEE}")
        self._record = record

    @property
    def keys(self) -> list[str]:
        """What it has something under."""
        return [*self._record]

    def known(self, key: str) -> Any:
        """What is said; None where nothing is."""
        return self._record.get(key)

    def text(self, key: str) -> str:
        """A text of at least one character."""
        return str(self._checked(key, lambda value: isinstance(value, str) and bool(value), "a text"))

    def number(self, key: str, usual: float | None = None) -> float:
        """A number above 0; the usual one where nothing is said."""
        return float(self._checked(key, is_number, f"a number of {LEAST:g} to {MOST:g}", usual))

    def whole(self, key: str, usual: int | None = None) -> int:
        """A count; the usual one where nothing is said."""
        return int(self._checked(key, is_count, f"a count of 1 to {MOST_COUNT}", usual))

    def entries(self, key: str, one: str) -> Iterator[Entry]:
        """The objects of a list.

        Parameters
        ----------
        key
            Where the list is.
        one
            What one of them is called in a message.
        """
        records = self._checked(key, lambda value: isinstance(value, list), f"a list, {one} after {one}")
        return entries(records, f"{self.where}: {one}")

    def refuse(self, key: str, wanted: str) -> None:
        """Say that a value will not do.

        Parameters
        ----------
        key
            Which.
        wanted
            What was expected in its place.
        """
        raise ValueError(f"{self.where}: {key}: expected {wanted}, got {_shown(self.known(key))}; {SEE}")

    def _checked(self, key: str, fits: Callable[[Any], bool], wanted: str, usual: Any = None) -> Any:
        value = self.known(key)
        if value is None and usual is not None:
            return usual
        if not fits(value):
            self.refuse(key, wanted)
        return value


def entries(records: Any, where: str) -> Iterator[Entry]:
    """The objects of a list, numbered from 1.

    Parameters
    ----------
    records
        The list.
    where
        The file, and what one of them is called.
    """
    if not isinstance(records, list):
        raise ValueError(f"{where}: expected a list, got {_shown(records)}; {SEE}")
    return (Entry(record, f"{where} {number}") for number, record in enumerate(records, 1))


def is_number(value: Any) -> bool:
    """Whether it is a number that can be somebody's."""
    return isinstance(value, int | float) and not isinstance(value, bool) and LEAST <= value <= MOST


def is_count(value: Any) -> bool:
    """Whether it is a count."""
    return is_number(value) and 1 <= value <= MOST_COUNT and value == int(value)


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]

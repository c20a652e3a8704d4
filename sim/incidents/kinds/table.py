"""Tables of what happens when, as CSV files."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterator
from pathlib import Path

from topologies.field_error import FieldError
from topologies.files.text import read_text

#: The most that is read (B).
LARGEST = 2**26


def rows(field: str, path: str, needed: Collection[str], remedy: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a CSV file with named columns, each with the words that say where it stands.

    Raises
    ------
    FieldError
        Where the file cannot be read or lacks a column; names the field, the file and the remedy.
    """
    try:
        text = read_text(Path(path), LARGEST)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise FieldError(field, f"{path}: {said}; {remedy}") from error
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise FieldError(field, f"{path} has no column {missing[0]}; {remedy}")
    try:
        for number, row in enumerate(reader, 2):
            yield f"{path}, line {number}", {name: (row.get(name) or "").strip() for name in reader.fieldnames or ()}
    except csv.Error as error:
        raise FieldError(field, f"{path}: {error}; {remedy}") from error


def number(field: str, where: str, row: dict[str, str], name: str, remedy: str, at_least: float = 0.0) -> float:
    """A finite number of a row.

    Raises
    ------
    FieldError
        Where it is none, or too small.
    """
    text = row.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not at_least <= value < math.inf:
        raise FieldError(field, f"{where}: {name} must be a number of at least {at_least:g}, got {text!r}; {remedy}")
    return value

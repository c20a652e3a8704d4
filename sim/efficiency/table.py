"""Tables of samples to a target by the global batch, as their owners write them: CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sim.efficiency.batch_law import Entry
from topologies.files.text import read_text

#: The columns; the last may be missing.
COLUMNS = ("batch", "samples", "results")
MOST_BYTES = 2**24
#: What a number may be.
LEAST, MOST = 1e-3, 1e18


def read_table(path: Path) -> list[Entry]:
    """Read a table with the columns ``batch``, ``samples`` and, where a line is the median of several, ``results``.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValueError
        In one line: the file, the line, the column, what is there, and what was expected.
    OSError
        If it cannot be read.
    """
    try:
        lines = csv.DictReader(io.StringIO(read_text(path, MOST_BYTES)), strict=True)
        missing = [name for name in COLUMNS[:2] if name not in (lines.fieldnames or ())]
        if missing:
            raise ValueError(f"line 1: has no column {missing[0]}; begin with batch,samples")
        unknown = [name for name in lines.fieldnames or () if name not in COLUMNS]
        if unknown:
            raise ValueError(f"line 1: {unknown[0]!r} is no column; there are {', '.join(COLUMNS)}")
        table = [_entry(line, lines.line_num) for line in lines]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from error
    if not table:
        raise ValueError(f"{path}: has no line; give one for each batch, such as 256,1500000")
    return table


def _entry(line: dict[str, str | None], number: int) -> Entry:
    if None in line:  # where the reader puts cells without a column
        raise ValueError(f"line {number}: has more cells than there are columns; leave out what is too much")
    results = line.get("results") or "1"
    if not (results.isascii() and results.isdecimal() and int(results[:9]) > 0):
        raise ValueError(f"line {number}: results: expected how many there are, at least 1, got {results[:40]!r}")
    return Entry(_number(line, "batch", number), _number(line, "samples", number), int(results[:9]))


def _number(line: dict[str, str | None], column: str, number: int) -> float:
    said = line[column] or ""
    try:
        value = float(said)
    except ValueError:
        value = 0.0
    if not LEAST <= value <= MOST:
        raise ValueError(f"line {number}: {column}: expected a number of {LEAST:g} to {MOST:g}, got {said[:40]!r}")
    return value

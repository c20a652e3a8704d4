"""The files of a run, read back into the rows they were written from."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from pathlib import Path

from sim.rows import Metric, Summary

_COLUMNS = [column.name for column in fields(Metric)]
_REQUIRED = ("seed", "seconds", "updates", "epochs")


def read_summary(path: Path) -> Summary:
    """Read a summary.json.

    Raises
    ------
    ValueError
        Naming the file, when it is missing, truncated or not a summary.
    """
    text = read_text(path)
    try:
        return Summary.parse(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_metrics(path: Path) -> list[Metric]:
    """Read a metrics.csv.

    Raises
    ------
    ValueError
        Naming the file and the line, when it is missing, truncated or not a table of metrics.
    """
    text = read_text(path)
    if not text.endswith("\n"):
        raise ValueError(f"{path}: truncated: its last line does not end; simulate the run again")
    rows = csv.reader(io.StringIO(text))
    columns = next(rows)
    if unknown := [column for column in columns if column not in _COLUMNS]:
        raise ValueError(f"{path}: not a table of metrics: unknown column {unknown[0]!r}")
    if missing := [column for column in _REQUIRED if column not in columns]:
        raise ValueError(f"{path}: not a table of metrics: no column {missing[0]!r}")
    try:
        return [_metric(columns, row) for row in rows]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: line {rows.line_num}: {error}") from error


def _metric(columns: list[str], row: list[str]) -> Metric:
    if len(row) != len(columns):
        raise ValueError(f"{len(columns)} cells expected, got {len(row)}")
    cells = dict(zip(columns, row, strict=True))
    measured = {name: float(cells[name]) for name in columns if name not in _REQUIRED and cells[name]}
    updates = int(cells["updates"]) if cells["updates"].isdecimal() else float(cells["updates"])
    epochs = float(cells["epochs"]) if cells["epochs"] else None
    return Metric(int(cells["seed"]), float(cells["seconds"]), updates, epochs, **measured)


def read_text(path: Path) -> str:
    """The text of a file that a run must have.

    Raises
    ------
    ValueError
        Naming the file, when it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); is the run complete?") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file ({error.reason} at byte {error.start})") from error

"""The files of a run, read back into the rows they were written from."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from sim.results.cells import from_text
from sim.results.rows import Link, Metric, Summary
from topologies.files.text import read_text as _text_of

_Row = TypeVar("_Row")
_COLUMNS = [column.name for column in fields(Metric)]
_LINK_COLUMNS = [column.name for column in fields(Link)]
#: From here on no amount on a link is one: a sum of them stays finite.
_MOST = 1e301
#: A number of updates, a float where it is a mean over replicas, and a seed have no more.
_DIGITS = 24
_REQUIRED = ("seed", "seconds", "updates", "epochs")
_MEASURED = [name for name in _COLUMNS if name not in _REQUIRED]


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


def read_replicas(path: Path) -> list[Summary]:
    """Read a replicas.parquet; what a run of one seed, or of an early version, does not have is empty.

    Raises
    ------
    ValueError
        Naming the file, when it is truncated or not a table of summaries.
    """
    if not os.path.lexists(path):
        return []
    import polars as pl

    try:
        return [Summary.of(row) for row in pl.read_parquet(path).to_dicts()]
    except (ValueError, OSError, pl.exceptions.PolarsError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{path}: truncated or not a table of replicas ({said})") from error


def read_metrics(path: Path) -> list[Metric]:
    """Read a metrics.csv.

    Raises
    ------
    ValueError
        Naming the file and the line, when it is missing, truncated or not a table of metrics.
    """
    return _read_table(path, "metrics", _COLUMNS, _REQUIRED, _metrics)


def read_links(path: Path) -> list[Link]:
    """Read a links.csv; what a run on a network without wires, or of an early version, does not have is empty.

    Raises
    ------
    ValueError
        Naming the file and the line, when it is truncated or not a table of links.
    """
    return _read_table(path, "links", _LINK_COLUMNS, _LINK_COLUMNS, _links) if os.path.lexists(path) else []


def read_staleness(path: Path) -> Counter[int]:
    """Read a staleness.csv: how many of the applied gradients were so many versions old.

    Raises
    ------
    ValueError
        Naming the file, when it is missing, truncated or not a histogram.
    """
    found: Counter[int] = Counter()
    rows = csv.DictReader(read_text(path).splitlines())
    try:
        for row in rows:
            found[int(row["staleness"])] += int(row["count"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: truncated or not a histogram of staleness ({error})") from error
    return found


def read_staleness_by_shard(path: Path) -> dict[int, Counter[int]]:
    """Read a staleness_by_shard.csv: the same for each shard of a server of several.

    Raises
    ------
    ValueError
        Naming the file, when it is missing, truncated or not such a table.
    """
    found: dict[int, Counter[int]] = {}
    try:
        for row in csv.DictReader(read_text(path).splitlines()):
            found.setdefault(int(row["shard"]), Counter())[int(row["staleness"])] += int(row["count"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: truncated or not a histogram of staleness by shard ({error})") from error
    return found


def _read_table(
    path: Path,
    what: str,
    known: Sequence[str],
    required: Sequence[str],
    typed: Callable[[Sequence[str]], Callable[[Sequence[str]], _Row]],
) -> list[_Row]:
    """The rows of a CSV file of ours, each made of its cells by what `typed` makes of the columns' names."""
    text = read_text(path)
    if not text.endswith("\n"):
        raise ValueError(f"{path}: truncated: its last line does not end; simulate the run again")
    rows = csv.reader(io.StringIO(text, newline=""))
    columns = next(rows)
    if unknown := [column for column in columns if column not in known]:
        raise ValueError(f"{path}: not a table of {what}: unknown column {unknown[0]!r}")
    if missing := [column for column in required if column not in columns]:
        raise ValueError(f"{path}: not a table of {what}: no column {missing[0]!r}")
    of_cells = typed(columns)
    try:
        return [of_cells(row) for row in rows]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: line {rows.line_num}: {error}") from error


def _counted(columns: Sequence[str], row: Sequence[str]) -> Sequence[str]:
    if len(row) != len(columns):
        raise ValueError(f"{len(columns)} cells expected, got {len(row)}")
    return row


def _links(columns: Sequence[str]) -> Callable[[Sequence[str]], Link]:
    """How a link is read from its cells in some columns."""

    def link(row: Sequence[str]) -> Link:
        cells = dict(zip(columns, _counted(columns, row), strict=True))
        return Link(
            source=from_text(cells["source"]),
            target=from_text(cells["target"]),
            source_kind=cells["source_kind"],
            target_kind=cells["target_kind"],
            duplex=cells["duplex"],
            bandwidth_gbps=float(cells["bandwidth_gbps"]),
            bytes=_amount("bytes", cells["bytes"]),
            utilisation=_amount("utilisation", cells["utilisation"]),
        )

    return link


def _amount(name: str, cell: str) -> float:
    """A number that can be added to others and drawn."""
    amount = float(cell)
    if not 0.0 <= amount < _MOST:
        raise ValueError(f"{name} must be at least 0 and below {_MOST:g}, got {cell[:40]}")
    return amount


def _metrics(columns: Sequence[str]) -> Callable[[Sequence[str]], Metric]:
    """How an evaluation is read from its cells in some columns; a report reads tens of thousands of them."""
    seed, seconds, updates, epochs = map(columns.index, _REQUIRED)
    places = [columns.index(name) if name in columns else None for name in _MEASURED]

    def metric(row: Sequence[str]) -> Metric:
        cells = _counted(columns, row)
        if len(cells[updates]) > _DIGITS or len(cells[seed]) > _DIGITS:
            raise ValueError(f"a number of more than {_DIGITS} digits")
        return Metric(
            int(cells[seed]),
            float(cells[seconds]),
            int(cells[updates]) if cells[updates].isdecimal() else float(cells[updates]),
            float(cells[epochs]) if cells[epochs] else None,
            *[None if place is None or not cells[place] else float(cells[place]) for place in places],
        )

    return metric


def read_text(path: Path) -> str:
    """The text of a file that a run must have.

    Raises
    ------
    ValueError
        Naming the file, when it cannot be read or is not UTF-8.
    """
    try:
        return _text_of(path)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); is the run complete?") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error

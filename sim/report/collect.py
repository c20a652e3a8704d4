"""Any number of runs as one tidy table: a row per run, its summary and its config."""

from __future__ import annotations

import json
import os
import re
import typing
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sim.report.asked import asked
from sim.results.atomic import is_partial
from sim.results.failure import FAILURE, read_failure
from sim.results.read import read_summary
from sim.results.result import SUMMARY
from sim.results.rows import Scalar, summary_types
from topologies.files.foreign import foreign_file

if typing.TYPE_CHECKING:
    import polars as pl

Row = dict[str, Scalar | bool]


def find_runs(directories: Sequence[Path]) -> list[Path]:
    """The directories that hold a summary.json: those given themselves, and all below them, each once.

    In the order given; below one directory in natural order (``multirun/.../2`` before ``.../10``).

    Raises
    ------
    ValueError
        When a directory does not exist, or holds no run.
    """
    runs: dict[Path, Path] = {}
    for directory in directories:
        if not directory.is_dir():
            known = foreign_file(str(directory))
            kind = known or ("is not a directory" if directory.exists() else "does not exist")
            raise ValueError(f"{directory}: {kind}; give the folder of a run, or of a multirun")
        found = list(_runs_below(directory))
        if not found:
            raise ValueError(f"{directory}: no run in it (a complete run has a summary.json)")
        for run in sorted(found, key=_natural):
            runs.setdefault(run.resolve(), run)
    return list(runs.values())


def _runs_below(directory: Path) -> Iterator[Path]:
    """The complete runs below a directory; what is still being written, or was when its writer was killed, is none."""
    for folder, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if not is_partial(name) and name != ".hydra"]
        if SUMMARY in files:
            yield Path(folder)


def failures(directories: Sequence[Path]) -> list[str]:
    """What is to be said of runs below some directories that failed, and so are in no table."""
    reasons = Counter(
        read_failure(Path(folder)) or "it is not told why"
        for directory in directories
        for folder, _, files in os.walk(directory)
        if FAILURE in files and SUMMARY not in files
    )
    return [
        f"{count} of the runs failed and {'is' if count == 1 else 'are'} left out: {reason}"
        for reason, count in reasons.items()
    ]


def collect(directories: Sequence[Path]) -> pl.DataFrame:
    """Collect runs into a table.

    Parameters
    ----------
    directories
        Run directories, or parents of any number of them such as a Hydra multirun folder.

    Returns
    -------
    polars.DataFrame
        A row per run: ``run`` (its directory), the fields of summary.json under their names, the choice made in each
        config group (``straggler``, ``optimizer``, ...) and the composed config under dotted keys (``optimizer.lr``).
        Where summary and config have the same name (``workers``), the summary's is kept. Lists are JSON text.

    Raises
    ------
    ValueError
        When a directory does not exist or holds no run, or a file is truncated (its name comes first).
    """
    return table_of([_row(run) for run in find_runs(directories)])


def table_of(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows as a table, each column of the one type that holds all its values."""
    import polars as pl

    names = dict.fromkeys(name for kind in dict.fromkeys(map(tuple, rows)) for name in kind)
    return pl.DataFrame([pl.Series(name, *_typed(name, [row.get(name) for row in rows])) for name in names])


def _row(run: Path) -> Row:
    summary: Row = {"run": str(run), **read_summary(run / "summary.json").flat()}
    return summary | {name: value for name, value in asked(run).items() if name not in summary}


def _typed(name: str, values: list[Any]) -> tuple[list[Any], Any]:
    """The values of a column and the one polars type that holds them all."""
    import polars as pl

    kinds = {*map(type, values)} - {type(None)}
    if not kinds:
        kinds = {float} if name.startswith("report.") or isinstance(0.0, summary_types().get(name, str)) else {str}
    if kinds == {bool}:
        return values, pl.Boolean
    if kinds == {str}:
        return values, pl.String
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return values, pl.Int64
    if kinds == {float} or kinds == {int, float}:
        return [None if value is None else float(value) for value in values], pl.Float64
    return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values], pl.String


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """A key that sorts the numbers inside names by their value."""
    return [
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece)
        for part in path.parts
        for piece in re.split(r"([0-9]+)", part)
        if piece
    ]

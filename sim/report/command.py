"""``paceline report DIR...``: any number of runs, compared in the terminal, in tables and on a page."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sim.arguments import Arguments, count, fraction, refused
from sim.given_path import given_path
from sim.printable import printable
from sim.report.collect import collect, failures
from sim.report.compared import Compared, compared
from sim.report.comparison import SMOOTHED, comparisons
from sim.report.failed import failed_seeds
from sim.report.network.section import drawn
from sim.report.over_tasks import OverTasks, over_tasks
from sim.report.page import learned, render
from sim.report.tables import tables
from sim.results.atomic import write_bytes_atomically
from sim.results.cells import as_text
from sim.results.read import read_links, read_metrics

if TYPE_CHECKING:
    import polars as pl

    from sim.results.rows import Link


def main(arguments: list[str]) -> int:
    """Print the comparison and write runs.parquet, runs.csv and report.html.

    Parameters
    ----------
    arguments
        What follows ``paceline report`` on the command line.

    Returns
    -------
    int
        Exit status: 0, or 2 after one line on standard error that says what the user can put right.
    """
    try:
        options = _parser().parse_args(arguments)
        table = collect(options.directories)
        curves = {run: read_metrics(Path(run) / "metrics.csv") for run in table["run"]}
        found = compared(table, curves, options.target, options.smoothed, options.best)
        found = replace(found, failed=failed_seeds(options.directories, found.groups.runs))
        tasks = None if options.by is None else over_tasks(found, options.by)
        _print(found, tasks, failures(options.directories))
        page = render(found, _links(found), tasks)
        _write(options.output or options.directories[0], tables(table, found), page)
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # of standard output: a reader that has hung up, a disk that is full
        return refused("report", error)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline report", description="Collect any number of runs into one table and one page, and compare them."
    )
    parser.add_argument(
        "directories", nargs="+", type=given_path, metavar="DIR", help="a run, or a folder with runs anywhere below it"
    )
    parser.add_argument(
        "--target",
        type=fraction,
        default=0.95,
        metavar="ACCURACY",
        help="the test accuracy that runs race to, 0 to 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--best",
        metavar="KEY",
        help="compare the best run of each value of a key only, such as protocol; the page's table has all (default: "
        "every run is compared)",
    )
    parser.add_argument(
        "--by",
        metavar="KEY",
        help="also compare the values of a key, such as protocol, over all tasks that the other settings make: "
        "interquartile means and performance profiles",
    )
    parser.add_argument(
        "--smoothed",
        type=count,
        default=SMOOTHED,
        metavar="K",
        help="also report when the mean of K evaluations in a row is there, >= 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=given_path,
        metavar="FOLDER",
        help="where report.html and the tables of runs, groups and seeds are written (default: the first DIR)",
    )
    return parser


def _links(found: Compared) -> dict[str, list[Link]]:
    """The links, by directory, of the runs whose network is drawn; of all groups where speed is what the page tells."""
    fast = not learned(comparisons(found.table))
    runs = found.groups.table["run"] if fast else found.table["run"]
    wired = [run for run in runs if os.path.lexists(Path(run) / "links.csv")]
    return {run: read_links(Path(run) / "links.csv") for run in (wired if fast else drawn(wired))}


def _print(found: Compared, tasks: OverTasks | None, failed: Sequence[str]) -> None:
    from rich.console import Console

    from sim.report.terminal import compare, compare_over_tasks

    compare(found, Console(), [*([] if found.best is None else [found.best.said]), *failed])
    if tasks is not None:
        compare_over_tasks(tasks, Console())


def _write(folder: Path, tables: Mapping[str, pl.DataFrame], text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, table in tables.items():
        files[f"{name}.parquet"] = _written(table.write_parquet)
        files[f"{name}.csv"] = _written(_spreadsheet(table).write_csv)
    files["report.html"] = text.encode()
    for name, data in files.items():
        write_bytes_atomically(folder / name, data)
    print(printable(str(folder / "report.html")))
    print(printable(str(folder / f"{{{','.join(tables)}}}.{{parquet,csv}}")))


def _written(write: Callable[[BinaryIO], object]) -> bytes:
    """What Polars writes, in memory: of a disk that is full it would say so in its own way."""
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _spreadsheet(table: pl.DataFrame) -> pl.DataFrame:
    """The table with words, those over its columns too, that a spreadsheet takes for text."""
    import polars as pl

    words = [name for name, kind in table.schema.items() if kind == pl.String]
    cells = table.with_columns(pl.Series(name, _cells(table[name].to_list()), pl.String) for name in words)
    return cells.rename(as_text)


def _cells(words: Sequence[str | None]) -> list[str | None]:
    cell = {word: _cell(word) for word in {*words}}
    return [cell[word] for word in words]


def _cell(word: str | None) -> str | None:
    """A word as a cell; a number stays as it is, whatever its sign."""
    if word is None:
        return None
    try:
        float(word)
    except ValueError:
        return as_text(word)
    return word

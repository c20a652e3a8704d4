"""``paceline plot DIR...``: a figure for a paper with its table, its paragraph on methods and what to cite."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.arguments import Arguments, fraction, refused
from sim.given_path import given_path
from sim.plot.asked import COLUMNS, FORMATS, Asked
from sim.plot.cells import read_runs
from sim.plot.draw import SPECIAL, Drawn, drawn
from sim.plot.latex import latex_table
from sim.plot.methods import bibtex, command, latex_paragraph, markdown_paragraph, paragraph
from sim.plot.outcome import RELATIVE
from sim.plot.over_time import AXES, MEASURES
from sim.plot.page import files
from sim.plot.paper import paper
from sim.plot.quantity import Quantity
from sim.printable import printable
from sim.report.collect import failures
from sim.results.atomic import write_bytes_atomically
from sim.results.cells import as_text
from sim.results.rows import csv_text

_ENDING = f"""
--y is any number of summary.json (seconds_to_target, samples_per_second, mean_staleness, spectral_gap, ...) over a
setting or another number; {", ".join(RELATIVE)} over workers; a curve ({", ".join(MEASURES[:5])}, ...)
over {", ".join(AXES)}; or {", ".join(SPECIAL)}.
"""


def main(arguments: list[str]) -> int:
    """Draw a figure and write it with its table, its numbers, a paragraph and a reference.

    Parameters
    ----------
    arguments
        What follows ``paceline plot`` on the command line.

    Returns
    -------
    int
        Exit status: 0, or 2 after one line on standard error that says what the user can put right.
    """
    try:
        options = _parser().parse_args(arguments)
        asked = _asked(options)
        found, written = _figure(options, asked)
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # of standard output: a reader that has hung up, a disk that is full
        return refused("plot", error)
    _print(found, asked, written, failures(options.directories))
    return 0


def figure(arguments: list[str]) -> list[Path]:
    """Draw a figure as `main` does, silently, and say which files it has.

    Parameters
    ----------
    arguments
        What follows ``paceline plot`` on the command line.

    Raises
    ------
    ValueError, OSError
        Where it cannot be drawn, or not be written.
    """
    options = _parser().parse_args(arguments)
    return _figure(options, _asked(options))[1]


def _figure(options: argparse.Namespace, asked: Asked) -> tuple[Drawn, list[Path]]:
    runs = read_runs(options.directories, asked.where)
    found = drawn(runs, asked)
    folder = options.output or options.directories[0] / "figures"
    return found, _write(folder, dict(_files(found, asked, runs.varied, command(options.directories))))


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline plot",
        description="Draw a figure of any number of runs at the size of a paper's columns, with its table for LaTeX, a "
        "paragraph on methods and what to cite.",
        epilog=_ENDING,
    )
    add = parser.add_argument
    add("directories", nargs="+", type=given_path, metavar="DIR", help="a run, or a folder with runs anywhere below it")
    add("--y", metavar="FIGURE", help="what is drawn (default: what the runs have raced for)")
    add("--x", metavar="KEY", help="over what (default: the workers where they differ, the seconds of a curve)")
    add("--by", type=_keys, metavar="KEY,...", help="whose values have a line each (default: all else that differs)")
    add("--facets", type=_keys, default=[], metavar="KEY,...", help="whose values have a panel each")
    add("--where", action="append", type=_choice, default=[], metavar="KEY=VALUE,...", help="only runs that have these")
    add(
        "--best", type=_keys, default=[], metavar="KEY,...", help="of whose values only the best is drawn at each point"
    )
    add("--target", type=fraction, metavar="ACCURACY", help="test accuracy that runs race to (default: their own)")
    add("--baseline", metavar="NAME", help="the line that the table compares others with (default: the first)")
    add("--window", type=_window, metavar="FROM:TO", help="the seconds that a Gantt chart shows")
    add(
        "--columns",
        type=_columns,
        default=[*COLUMNS],
        metavar="1,2",
        help="widths, in columns of a page (default: both)",
    )
    add("--format", type=_formats, default=[*FORMATS], metavar="FORMAT,...", help="of pdf, svg and png (default: all)")
    add(
        "--output",
        type=given_path,
        metavar="FOLDER",
        help="where files are written (default: figures in the first DIR)",
    )
    return parser


def _asked(options: argparse.Namespace) -> Asked:
    where: dict[str, Sequence[str]] = {}
    for key, values in options.where:
        if key in where:
            raise ValueError(f"--where {key}: given twice; give its values in one list, as in --where {key}=A,B")
        where[key] = values
    return Asked(
        options.y,
        options.x,
        options.by,
        options.facets,
        where,
        options.best,
        options.target,
        options.baseline,
        options.window,
        options.columns,
        options.format,
    )


def _keys(given: str) -> list[str]:
    keys = [each.strip() for each in given.split(",") if each.strip()]
    if len({*keys}) < len(keys):
        raise argparse.ArgumentTypeError(f"a key is named twice: {given}; name it once")
    return keys


def _choice(given: str) -> tuple[str, list[str]]:
    key, sign, values = given.partition("=")
    found = [each for each in values.split(",") if each]
    if not key or not sign or not found:
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, got {given}; for example network=leaf_spine")
    return key, found


def _window(given: str) -> tuple[float, float]:
    begin, _, end = given.partition(":")
    window = _number(begin or "0"), _number(end)
    if not 0 <= window[0] < window[1] < math.inf:
        raise argparse.ArgumentTypeError(f"must be FROM:TO in seconds, got {given}; for example 0:0.05")
    return window


def _number(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        return math.nan


def _columns(given: str) -> list[int]:
    names = {str(each): each for each in COLUMNS}
    if not {*given.split(",")} <= {*names}:
        raise argparse.ArgumentTypeError(f"must be of 1 and 2, got {given}; for example 1,2")
    return [each for name, each in names.items() if name in given.split(",")]


def _formats(given: str) -> list[str]:
    if not {*given.split(",")} <= {*FORMATS}:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}, got {given}; for example pdf,png")
    return [each for each in FORMATS if each in given.split(",")]


def _files(found: Drawn, asked: Asked, varied: Sequence[str], made_by: str | None) -> Iterator[tuple[str, bytes]]:
    picture, table = found.picture, found.table
    for columns in asked.columns:
        yield from files(picture, columns, asked.formats)
    yield f"{picture.file}.csv", _csv(picture.rows)
    if table is not None:
        quantity = Quantity(table.y)
        scale = quantity.scale([row.mean.value for row in table.rows if math.isfinite(row.mean.value)])
        title = quantity.title(scale)
        if table.y == "seconds_to_target":
            title = title.replace("target", found.race)
        yield f"{picture.file}_table.tex", latex_table(table, title, scale).encode()
        yield f"{picture.file}_table.csv", _csv(list(table.flat()))
    sentences = paragraph(found.cells, varied, found.race, table)
    yield f"{picture.file}_methods.tex", latex_paragraph(sentences, made_by).encode()
    yield f"{picture.file}_methods.md", markdown_paragraph(sentences, made_by).encode()
    yield "paceline.bib", bibtex(found.cells).encode()
    yield f"{picture.file}_paper.tex", paper(picture, asked, table is not None).encode()


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return csv_text([as_text(name) for name in columns], ([row.get(name) for name in columns] for row in rows)).encode()


def _write(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_bytes_atomically(folder / name, data)
    return [folder / name for name in contents]


def _print(found: Drawn, asked: Asked, written: Sequence[Path], failed: Sequence[str]) -> None:
    if found.said:
        print(printable(f"drawn: {' '.join(found.said)}"))
    for line in [*found.picture.caption, *failed]:
        print(printable(line.replace("\N{NO-BREAK SPACE}", " ")))
    print()
    for path in written:
        print(printable(str(path)))

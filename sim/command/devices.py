"""``paceline list device`` and ``list device=NAME``: figures of devices, each with its source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from hydra import compose, initialize_config_module

from sim.catalogue.catalogue import Catalogue, catalogue
from sim.catalogue.figures import FIGURES
from sim.catalogue.row import Row
from sim.config.build import build, register
from sim.config.error import ConfigError
from sim.devices import Device
from sim.printable import printable
from topologies.field_error import FieldError, of_group

#: Columns of a table of figures.
COLUMNS = ("figure", "of", "value", "kind", "as_of", "source")


def facts(name: str) -> Iterator[str]:
    """What the package knows of a device, a line for each figure and source.

    Parameters
    ----------
    name
        Of the option; of one that no figures are of there are no lines.
    """
    rows = catalogue().of("device", name)
    for figure, cited in dict.fromkeys((row.figure, row.cited) for row in rows):
        same = [row for row in rows if (row.figure, row.cited) == (figure, cited)]
        said = ", ".join(" ".join(filter(None, (row.workload, row.precision, row.written))) for row in same)
        yield f"{figure.replace('_', ' ')}: {said} ({cited})"
    if rows:
        yield unknown("device", rows)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Figures below each other, with all that is known of each."""
    cells = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS) - 1)]
    for line in cells:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]])


def _cells(row: Row) -> Sequence[str]:
    batch = f"batch {row.batch}" if row.batch else ""
    of = ", ".join(filter(None, (row.workload, row.precision, batch)))
    return row.figure.replace("_", " "), of, row.written, row.kind, row.as_of, row.source


def unknown(group: str, rows: Sequence[Row], but_for: Collection[str] = ()) -> str:
    """The figures that there is none of, in one line.

    Parameters
    ----------
    group
        Of what: ``device`` or ``machine``.
    rows
        The figures that there are.
    but_for
        Figures that need not be there.
    """
    there = {*but_for, *(row.figure for row in rows)}
    names = [figure.replace("_", " ") for figure in FIGURES[group] if figure not in there]
    return f"unknown (null): {', '.join(names) or 'nothing'}"


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of which a user's file may have some."""
    for line in lines:
        print(printable(line.replace("\N{NO-BREAK SPACE}", " ")))


def main(words: list[str]) -> int:
    """Print the figures of a device.

    Parameters
    ----------
    words
        ``device=NAME`` and keys of it, of which ``device.catalogue`` adds a file.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    ConfigError
        When there is no such device, or its file cannot be read.
    """
    device = composed(words)
    rows = device.sheet.known.of("device", device.listed)
    print_lines([*table(rows), unknown("device", rows)])
    return 0


def composed(words: Sequence[str]) -> Device:
    """The device of some overrides, with its file read.

    Raises
    ------
    ConfigError
        As `main`.
    """
    register()
    with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
        device = build(compose("config", list(words))).device
    try:
        with of_group("device"):
            device.check()
    except FieldError as error:
        raise ConfigError(str(error)) from error
    return device


def known(words: Sequence[str]) -> Catalogue:
    """The catalogue with the file of ``device.catalogue=FILE``, where that is among some words.

    Raises
    ------
    ConfigError
        As `main`.
    """
    return composed([word for word in words if word.startswith("device.")]).sheet.known

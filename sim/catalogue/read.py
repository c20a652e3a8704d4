"""Tables of the catalogue as they are written: CSV with named columns, a figure a line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from sim.catalogue.figures import AS_OF, FIGURES, KINDS, NAME, Figure
from sim.catalogue.row import Row
from sim.precision import Precision

#: Columns that every table has, those that say whose a figure is, and those that some figures are of.
ALWAYS = ("figure", "value", "unit", "kind", "as_of", "source")
OWNERS = tuple(FIGURES)
SOMETIMES = ("workload", "precision", "batch")
#: A number that is larger is nobody's, and so is a larger mini-batch.
MOST, MOST_SAMPLES = 1e24, 1_000_000


class _CellError(Exception):
    """What is wrong with a cell: its column, and what is to be said."""

    def __init__(self, column: str, said: str) -> None:
        super().__init__(column, said)
        self.column, self.said = column, said


def read_rows(text: str, file: str) -> list[Row]:
    """The rows of a table.

    The first line names the columns: ``device`` or ``machine`` (or both, of which a row fills one), ``figure``,
    ``value``, ``unit``, ``kind``, ``as_of`` and ``source``; where figures are of them ``workload``, ``precision`` and
    ``batch``. Empty lines, and lines that begin with ``#``, say nothing.

    Parameters
    ----------
    text
        Of the file.
    file
        Its name, for messages and for whoever asks a row where it is from.

    Raises
    ------
    ValueError
        What is wrong on which line in which column, and the remedy; without the file's name.
    """
    columns: list[str] = []
    rows: dict[tuple[str, ...], Row] = {}
    for line, cells in _lines(text):
        if not columns:
            columns = _columns(cells, line)
            continue
        if len(cells) != len(columns):
            raise ValueError(
                f"line {line}: has {len(cells)} cells, and there are {len(columns)} columns; put a text with commas "
                "into double quotes"
            )
        try:
            row = _row(dict(zip(columns, cells, strict=True)), file, line)
        except _CellError as mistake:
            raise ValueError(f"line {line}, column {mistake.column}: {mistake.said}") from mistake
        if row.key in rows:
            raise ValueError(
                f"line {line}, column figure: {told(row)} is on line {rows[row.key].line} already; leave out one"
            )
        rows[row.key] = row
    if not columns:
        raise ValueError(f"is empty; its first line names the columns: device,{','.join(ALWAYS)}")
    return list(rows.values())


def told(row: Row) -> str:
    """Which figure of what a row has."""
    what = " ".join(filter(None, (row.workload, row.precision)))
    return f"{row.figure} of {row.name}{f' in {what}' if what else ''}"


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that say something, by their numbers."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped) and not stripped[0].startswith("#"):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: is no CSV ({error}); see docs/devices.md") from error


def _columns(cells: list[str], line: int) -> list[str]:
    known = (*OWNERS, *ALWAYS, *SOMETIMES)
    for cell in cells:
        if cell not in known:
            raise ValueError(f"line {line}: there is no column {cell[:40]!r}; {_near(cell, known)}")
        if cells.count(cell) > 1:
            raise ValueError(f"line {line}: names the column {cell} twice; leave out one")
    for column in ALWAYS:
        if column not in cells:
            raise ValueError(f"line {line}: has no column {column}; name all of {', '.join(ALWAYS)}")
    if not set(OWNERS) & set(cells):
        raise ValueError(f"line {line}: has no column {' or '.join(OWNERS)}; name whose the figures are")
    return cells


def _row(cells: Mapping[str, str], file: str, line: int) -> Row:
    owners = [owner for owner in OWNERS if cells.get(owner)]
    if len(owners) != 1:
        column = next(owner for owner in OWNERS if owner in cells)
        raise _CellError(column, f"a figure is of one {' or '.join(OWNERS)}, got {' and '.join(owners) or 'neither'}")
    (group,) = owners
    name = _fitting(cells, group, NAME.fullmatch, "letters, digits, '.', '-' and '_'")
    figure = FIGURES[group][_choice(cells, "figure", FIGURES[group], f"figure of a {group}")]
    _check_of(cells, figure)
    factor = figure.units[_choice(cells, "unit", figure.units, f"unit of {cells['figure']}")]
    value = _value(cells["value"], figure, factor)
    _choice(cells, "kind", dict.fromkeys(KINDS), "kind of figure")
    _fitting(cells, "as_of", AS_OF.fullmatch, "year and month, as 2021-03")
    _fitting(cells, "source", bool, "where the figure is published")
    of = {column: cells.get(column, "") for column in SOMETIMES}
    batch = int(of.pop("batch") or 0)
    asked = {column: cells[column] for column in ("figure", "unit", "kind", "as_of", "source")}
    return Row(group=group, name=name, batch=batch, value=value, file=file, line=line, **of, **asked)


def _check_of(cells: Mapping[str, str], figure: Figure) -> None:
    """Refuse a row that does not say what its figure is of, or says it of one that is of nothing."""
    wanted = {*figure.of, *(("batch",) if figure.batch else ())}
    for column in SOMETIMES:
        text = cells.get(column, "")
        if text and column not in wanted:
            raise _CellError(column, f"{cells['figure']} is of no {column}, got {text[:40]!r}; leave the cell empty")
        if not text and column in wanted:
            raise _CellError(column, f"{cells['figure']} is of one {column}, got nothing; give it")
    if "precision" in wanted:
        _choice(cells, "precision", dict.fromkeys(Precision), "precision")
    if "workload" in wanted:
        _fitting(cells, "workload", NAME.fullmatch, "the name of a workload, as resnet50")
    if "batch" in wanted:
        _fitting(cells, "batch", _is_batch, "the samples of a mini-batch, 1 to 1000000")


def _is_batch(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= MOST_SAMPLES


def _value(text: str, figure: Figure, factor: float) -> str:
    if figure.word:
        if not text:
            raise _CellError("value", "is empty; give a name, or leave out the row of what is not known")
        if figure.words and text not in figure.words:
            raise _CellError("value", f"must be {' or '.join(figure.words)}, got {text[:40]!r}")
        return text
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    most = MOST if figure.at_most is None else figure.at_most
    if not 0.0 < number * factor <= most or (figure.whole and not number.is_integer()):
        wanted = f"a {'whole ' if figure.whole else ''}number above 0"
        bound = f" and at most {most:g}"
        raise _CellError("value", f"must be {wanted}{bound}, got {text[:40]!r}; leave out the row of what is not known")
    return text


def _choice(cells: Mapping[str, str], column: str, known: Mapping[str, object], what: str) -> str:
    """One of several words."""
    text = cells[column]
    if text in known:
        return text
    raise _CellError(column, f"{f'{text[:40]!r} is no {what}' if text else 'is empty'}; {_near(text, tuple(known))}")


def _fitting(cells: Mapping[str, str], column: str, fits: Callable[[str], object], wanted: str) -> str:
    """A text that has some form."""
    text = cells[column]
    if text and fits(text):
        return text
    raise _CellError(column, f"must be {wanted}, got {text[:40]!r}" if text else f"is empty; give {wanted}")


def _near(text: str, known: Sequence[str]) -> str:
    near = get_close_matches(text, known, n=1)
    return f"did you mean {near[0]}?" if near else f"give one of {', '.join(known)}"

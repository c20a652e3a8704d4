"""Step times as people keep them: CSV files in the layouts that profilers, pandas and spreadsheets write."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError
from topologies.files.foreign import refuse_foreign
from topologies.files.text import read_text

#: Names of the column that is read where several hold numbers.
COLUMNS = ("seconds", "step_seconds")
#: Names of the columns that say whose time it is, and of which step.
RANKS, STEPS = ("rank", "worker"), ("step", "iteration")
#: Units that the name of a column can end in, or have in brackets (s); without one it is in seconds.
UNITS = {"ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "usec": 1e-6, "microseconds": 1e-6, "ns": 1e-9}
#: The most that is read (B): millions of step times.
LARGEST = 2**25
#: A step time from here on (s, 30 years) is one in another unit.
LONGEST = 1e9
REMEDY = "give a CSV file with one column of step times, in seconds or with its unit in its name (step_ms)"
CHOOSE = "choose the step times with straggler.column=NAME"


class StepTimes(NamedTuple):
    """The step times of a file.

    Attributes
    ----------
    seconds
        float64 ``[steps, ranks]`` (s), each above 0 and below 10^9: steps that all ranks have, in their order; ranks by
        number, or else as the file has them. One column where no rank is said.
    rows
        Rows of the file, those of steps left out included.
    left_out
        Steps that lack a rank, and are not in `seconds`.
    ranked
        Whether the file says whose time each is.
    """

    seconds: NDArray[np.float64]
    rows: int
    left_out: int
    ranked: bool


class _Table(NamedTuple):
    """A CSV file: the names of its columns (None without), the numbers of its lines, and their cells."""

    names: list[str] | None
    lines: list[int]
    rows: list[list[str]]

    def place(self, wanted: Sequence[str]) -> int | None:
        """The first column with one of these names."""
        return next((place for place, name in enumerate(self.names or ()) if name.lower() in wanted), None)


def read_step_times(file: str, column: str = "") -> StepTimes:
    """Read the step times of a CSV file.

    Cells are separated by commas, semicolons or tabs; beside the latter two a number may have a comma for its point.
    The first line may name the columns, and must where there are several. Of these the step times are the only one that
    holds numbers, ranks, steps and pandas' nameless index aside, or the one named ``seconds`` or ``step_seconds``.
    Empty lines are skipped.

    Parameters
    ----------
    file
        The file, in UTF-8; ``~`` is the home folder.
    column
        Name of the column of the step times; empty: found as above.

    Raises
    ------
    FieldError
        If there is no such file or column, or it is not what is expected.
    """
    if not file:
        raise FieldError("file", f"no file is given; {REMEDY}")
    try:
        text = read_text(Path(os.path.expanduser(file)), LARGEST)  # Path.expanduser raises where there is no such user
        refuse_foreign(text)
        table = _table(text)
        place = _step_times(table) if not column else _named(table, column, file)
        unit = _unit(table.names[place]) if table.names else 1.0
        times = [_seconds(line, row[place], unit) for line, row in zip(table.lines, table.rows, strict=True)]
        rank, step = table.place(RANKS), table.place(STEPS)
        if rank is None or rank == place:
            return StepTimes(np.array(times)[:, None], len(times), 0, False)
        return _by_rank(table, times, rank, step if step != place else None)
    except OSError as error:
        raise FieldError("file", f"{file}: cannot be read ({error.strerror}); {REMEDY}") from error
    except csv.Error as error:
        raise FieldError("file", f"{file}: is not CSV ({error}); {REMEDY}") from error
    except FieldError:
        raise
    except ValueError as error:
        raise FieldError("file", f"{file}: {error}; {REMEDY}") from error


def _table(text: str) -> _Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    filled = [(reader.line_num, row) for row in reader if "".join(row).strip()]
    names = None
    if filled and not all(_number(cell) is not None for cell in filled[0][1]):
        names = [name.strip() for name in filled.pop(0)[1]]
    if not filled:
        raise ValueError("has no step times")
    width = len(names or filled[0][1])
    for line, row in filled:
        if len(row) != width:
            raise ValueError(f"line {line}: has {len(row)} cells, expected {width}")
    return _Table(names, [line for line, _ in filled], [row for _, row in filled])


def _delimiter(text: str) -> str:
    """What separates cells, by the first line."""
    line = next(filter(str.strip, text.splitlines()), "")
    if 0 < line.count(";") >= line.count(","):
        return ";"
    return "\t" if "\t" in line.strip() and "," not in line else ","


def _step_times(table: _Table) -> int:
    """Which column holds the step times, where nobody says so."""
    names, width = table.names, len(table.rows[0])
    if width == 1:
        return 0
    if names is None:
        raise ValueError(f"has {width} columns and no line that names them")
    found = [place for place, name in enumerate(names) if name.lower() in COLUMNS]
    if not found:
        others = {"", *RANKS, *STEPS}
        numbers = (place for place, cell in enumerate(table.rows[0]) if _number(cell) is not None)
        found = [place for place in numbers if names[place].lower() not in others]
    if len(found) != 1:
        what = (
            f"has several columns of numbers ({_listed(names[place] for place in found)})"
            if found
            else (f"has no column of step times, only {_listed(names)}")
        )
        raise ValueError(f"{what}; {CHOOSE}")
    return found[0]


def _named(table: _Table, column: str, file: str) -> int:
    place = table.place([column.strip().lower()])
    if place is None:
        has = f"only {_listed(table.names)}" if table.names else "and no line that names any"
        raise FieldError("column", f"{file} has no column {column!r}, {has}; give one that it has")
    return place


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name or "one without a name" for name in names)


def _unit(name: str) -> float:
    """The unit that a column's name states (s): step_time_ms, Duration (ms), durationMs."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("µ", "u")).lower())
    return next((UNITS[word] for word in reversed(words) if word in UNITS), 1.0)


def _number(cell: str) -> float | None:
    """The number in a cell, with a point or a comma; None where there is none."""
    for written in (cell, cell.replace(",", ".", 1) if "." not in cell else cell):
        try:
            return float(written)
        except ValueError:
            continue
    return None


def _seconds(line: int, cell: str, unit: float) -> float:
    number = _number(cell)
    if number is None:
        raise ValueError(f"line {line}: {cell.strip()[:40]!r} is not a number")
    if not 0.0 < number * unit < LONGEST:
        raise ValueError(f"line {line}: must be above 0 and below {LONGEST:.0e} s, got {number * unit}")
    return number * unit


def _by_rank(table: _Table, times: list[float], rank: int, step: int | None) -> StepTimes:
    """Each rank's times side by side: by the number of their step, or else in the order of the file."""
    found: defaultdict[str, dict[float, float]] = defaultdict(dict)
    for line, row, seconds in zip(table.lines, table.rows, times, strict=True):
        own = found[row[rank].strip()]
        number = float(len(own)) if step is None else _number(row[step])
        if number is None:
            raise ValueError(f"line {line}: the step {row[step or 0].strip()[:40]!r} is not a number")
        if number in own:
            raise ValueError(f"line {line}: step {number:g} of rank {row[rank].strip()} is there twice")
        own[number] = seconds
    numbers = {name: _number(name) for name in found}
    names: list[str] = list(found)
    if all(number is not None for number in numbers.values()):
        names.sort(key=lambda name: numbers[name] or 0.0)
    every = set.union(*(set(own) for own in found.values()))
    complete = sorted(each for each in every if all(each in own for own in found.values()))
    if not complete:
        raise ValueError(f"has no step of which all {len(found)} ranks have a time")
    together = np.array([[found[name][each] for name in names] for each in complete])
    return StepTimes(together, len(times), len(every) - len(complete), True)

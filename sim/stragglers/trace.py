"""Stragglers as they were measured."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from topologies.field_error import FieldError

#: Names of the column that is read where a file has several.
COLUMNS = ("seconds", "step_seconds")
#: The most that is read (B): millions of step times.
LARGEST = 2**25
#: A step time from here on (s, 30 years) is one in another unit.
LONGEST = 1e9
REMEDY = "give a CSV file of step times in seconds, in one column or in one named seconds or step_seconds"


def step_times(file: str) -> NDArray[np.float64]:
    """Read the step times of a CSV file.

    The file has one column, with or without a line that names it, or several, of which the first line names one
    ``seconds`` or ``step_seconds``. Empty lines are skipped.

    Parameters
    ----------
    file
        The file, in UTF-8; ``~`` is the home folder.

    Returns
    -------
    numpy.ndarray
        float64 ``[n]``, n >= 1 (s), each above 0 and below 10^9.

    Raises
    ------
    FieldError
        If there is no such file, or it is not what is expected.
    """
    if not file:
        raise FieldError("file", f"no file is given; {REMEDY}")
    try:
        text = _text(Path(os.path.expanduser(file)))  # Path.expanduser would raise for a user that does not exist
        return np.fromiter((_seconds(line, cell) for line, cell in _column(text)), np.float64)
    except OSError as error:
        raise FieldError("file", f"{file}: cannot be read ({error.strerror}); {REMEDY}") from error
    except csv.Error as error:
        raise FieldError("file", f"{file}: is not CSV ({error}); {REMEDY}") from error
    except ValueError as error:
        raise FieldError("file", f"{file}: {error}; {REMEDY}") from error


def _text(path: Path) -> str:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is not a file")
    if status.st_size > LARGEST:
        raise ValueError(f"has {status.st_size} bytes, expected at most {LARGEST}")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("is not text in UTF-8") from error


def _column(text: str) -> Iterator[tuple[int, str]]:
    """Line and cell of each step time."""
    rows = csv.reader(io.StringIO(text, newline=""))
    filled = ((rows.line_num, row) for row in rows if "".join(row).strip())
    first = next(filled, (0, []))
    width, column = len(first[1]), 0
    if not all(map(_is_number, first[1])):
        column = _place(first[1])
        first = next(filled, (0, []))
    elif width > 1:
        raise ValueError(f"has {width} columns and no line that names them")
    if not first[1]:
        raise ValueError("has no step times")
    for line, row in chain([first], filled):
        if len(row) != width:
            raise ValueError(f"line {line}: has {len(row)} cells, expected {width}")
        yield line, row[column]


def _place(names: list[str]) -> int:
    """Which of the named columns holds the step times."""
    found = [place for place, name in enumerate(names) if len(names) == 1 or name.strip().lower() in COLUMNS]
    if len(found) != 1:
        raise ValueError(f"has {len(found) or 'no'} columns named {' or '.join(COLUMNS)}")
    return found[0]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _seconds(line: int, cell: str) -> float:
    if not _is_number(cell):
        raise ValueError(f"line {line}: {cell.strip()[:40]!r} is not a number")
    if not 0.0 < float(cell) < LONGEST:
        raise ValueError(f"line {line}: must be above 0 and below {LONGEST:.0e} s, got {float(cell)}")
    return float(cell)


@dataclass
class Trace(StragglerLaw):
    """Step times as they were measured, drawn from a CSV file with replacement, mean 1.

    They are divided by their mean. What depends on order (warm-up, phases of interference) is lost; the distribution is
    kept as it is.

    Parameters
    ----------
    file
        CSV of step times (s): one column, or one of several that is named seconds or step_seconds. See `step_times`.
    """

    file: str = ""

    @cached_property
    def relative(self) -> NDArray[np.float64]:
        """The step times over their mean; read once, so that a run does not depend on the file once it has begun."""
        times = step_times(self.file)
        relative: NDArray[np.float64] = times / times.mean()
        return relative

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return self.relative[generator.integers(len(self.relative), size=count)]

    def check(self) -> None:
        self.draw(np.random.default_rng(0), 0)  # reads the file

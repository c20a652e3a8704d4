"""Series of published runs to a target, each of one submitter, round, benchmark and accelerator, at several sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import Entry, loaded

#: The digest that the package carries.
DIGEST = "series.json"


class Run(NamedTuple):
    """A run to the target.

    Attributes
    ----------
    accelerators
        How many have trained, >= 1.
    minutes
        From the start to the target (min).
    batch
        Of all accelerators together (samples).
    samples
        That it took (samples).
    """

    accelerators: int
    minutes: float
    batch: float
    samples: float

    @property
    def rate(self) -> float:
        """Samples of one accelerator in a minute, evaluations included (1/min)."""
        return self.samples / self.minutes / self.accelerators


@dataclass(frozen=True)
class Series:
    """Runs that differ in size.

    Parameters
    ----------
    round
        Of the publication, such as 4.1.
    submitter, benchmark, accelerator
        Who has trained what on what.
    runs
        The smallest first, at least one.
    """

    round: str
    submitter: str
    benchmark: str
    accelerator: str
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """Of the series."""
        return "/".join((self.round, self.submitter, self.benchmark, self.accelerator))

    @property
    def smallest(self) -> Run:
        """The run that larger ones are predicted from."""
        return self.runs[0]

    @cached_property
    def when(self) -> tuple[int, ...] | None:
        """The round as numbers, which later rounds have larger ones than; None where its name has none."""
        parts = self.round.lstrip("v").split(".")
        return tuple(map(int, parts)) if all(part.isascii() and part.isdecimal() for part in parts) else None


def read_series(path: Path | None) -> tuple[Series, ...]:
    """The series of a file.

    Parameters
    ----------
    path
        Where it is: JSON, an object with ``series``; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, series, key, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    series = []
    for entry in Entry(found, file).entries("series", "series"):
        runs = [
            Run(
                run.whole("accelerators"),
                run.number("minutes"),
                run.number("global_batch_size"),
                run.number("samples_to_target"),
            )
            for run in entry.entries("points", "point")
        ]
        if not runs:
            entry.refuse("points", "at least one point")
        series.append(
            Series(
                entry.text("round"),
                entry.text("submitter"),
                entry.text("benchmark"),
                entry.text("accelerator"),
                tuple(sorted(runs, key=lambda run: run.accelerators)),
            )
        )
    return tuple(series)

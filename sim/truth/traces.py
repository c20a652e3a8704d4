"""Compute times of the workers of real jobs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.stragglers.mixed import Mixed
from sim.stragglers.step_times import read_step_times
from sim.truth.entry import Entry, is_number, loaded

#: The digest that the package carries.
DIGEST = "stragglers.json"
#: What a folder's files are called.
SUFFIX = ".csv"


class FittedTrace(NamedTuple):
    """What was fitted to times that the package may not carry.

    Attributes
    ----------
    law
        The fitted law.
    barrier_factor
        Mean of the slowest of a step over the mean of all, as measured (ratio).
    independent
        The same if all times were drawn independently (ratio).
    steps
        How many there were.
    """

    law: Mixed
    barrier_factor: float
    independent: float
    steps: int


class Traced(NamedTuple):
    """A job.

    Attributes
    ----------
    name
        Of its file.
    times
        float64 ``[steps, workers]`` (s), or what was fitted to them.
    published
        Seconds of a step that the source itself names, by what they are of (s).
    """

    name: str
    times: NDArray[np.float64] | FittedTrace
    published: dict[str, float]


def read_traces(path: Path | None) -> tuple[Traced, ...]:
    """The jobs of a file, or of all files of a folder.

    Parameters
    ----------
    path
        A CSV of step, rank and seconds, or a folder of such; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, what is wrong where, and the remedy.
    OSError
        If it cannot be read.
    """
    if path is None:
        found, file = loaded(None, DIGEST)
        return tuple(_traced(entry) for entry in Entry(found, file).entries("traces", "trace"))
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"--on: {path} has no file *{SUFFIX}; give a folder of step times, or a file")
    return tuple(_read(file) for file in files)


def _read(file: Path) -> Traced:
    times = read_step_times(str(file))
    if times.seconds.shape[1] < 2:
        raise ValueError(f"{file}: has the times of one rank, and a barrier is of several; name step, rank, seconds")
    return Traced(file.name, times.seconds, {})


def _traced(entry: Entry) -> Traced:
    published = {key: float(value) for key, value in (entry.known("published") or {}).items() if is_number(value)}
    if entry.known("fitted") is None:
        return Traced(entry.text("id"), np.array(entry.known("seconds"), np.float64), published)
    fitted = Entry(entry.known("fitted"), f"{entry.where}: fitted")
    law = Mixed(
        cv=fitted.number("cv"),
        step_share=fitted.number("step_share"),
        correlation=fitted.number("correlation"),
        means=list(fitted.known("means")),
    )
    kept = FittedTrace(law, fitted.number("barrier_factor"), fitted.number("independent"), fitted.whole("steps"))
    return Traced(entry.text("id"), kept, published)

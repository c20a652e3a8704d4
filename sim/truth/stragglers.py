"""Step times of published jobs, and what a barrier has made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.stragglers.fitted import fitted
from sim.stragglers.mixed import Mixed, Tail
from sim.stragglers.shares import barrier_factor, barrier_factor_of_draws
from sim.stragglers.step_times import read_step_times
from sim.truth.entry import Entry, is_number, loaded
from topologies.field_error import FieldError

#: The digest that the package carries.
DIGEST = "stragglers.json"


class Published(NamedTuple):
    """What the publisher says of whole steps of the job.

    Attributes
    ----------
    step, without_slowest
        How long one takes, and would take without its slow worker (s).
    """

    step: float
    without_slowest: float


class Job(NamedTuple):
    """Step times of the ranks of one job, or what is known of them.

    Attributes
    ----------
    name
        That of the file.
    steps, ranks
        How many it has, >= 1 and >= 2.
    measured
        Barrier factor: mean over steps of the slowest, over the mean of all (ratio, >= 1).
    law
        `straggler=mixed`, fitted to the times.
    independent
        Barrier factor of the times, each drawn by itself (ratio).
    times
        float64 ``[steps, ranks]`` (s); None where they are not ours to give away.
    published
        What is said of the whole job; None where nothing is.
    """

    name: str
    steps: int
    ranks: int
    measured: float
    law: Mixed
    independent: float
    times: NDArray[np.float64] | None
    published: Published | None


def read_stragglers(path: Path | None) -> tuple[Job, ...]:
    """The jobs of a CSV file of step, rank and seconds, or of all in a folder.

    Parameters
    ----------
    path
        Where it is; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, place, key, value and remedy.
    OSError
        If it cannot be read.
    """
    if path is None:
        found, file = loaded(None, DIGEST)
        return tuple(_digested(entry) for entry in Entry(found, file).entries("jobs", "job"))
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise ValueError(
            f"{path}: has no file that ends in .csv; give a CSV file of step, rank and seconds, or a folder"
        )
    return tuple(_measured(file.name, _times(file)) for file in files)


def _times(file: Path) -> NDArray[np.float64]:
    try:
        times = read_step_times(str(file))
    except FieldError as error:
        raise ValueError(error.said) from error
    if times.seconds.shape[1] < 2:
        raise ValueError(
            f"{file}: has the times of one rank, and a barrier is one of several; name them in a column called rank"
        )
    return times.seconds


def _measured(name: str, times: NDArray[np.float64], published: Published | None = None) -> Job:
    steps, ranks = times.shape
    return Job(
        name, steps, ranks, barrier_factor(times), fitted(times), barrier_factor_of_draws(times), times, published
    )


def _digested(entry: Entry) -> Job:
    name, said = entry.text("file"), entry.known("published")
    published = None
    if said is not None:
        about = Entry(said, f"{entry.where}: published")
        published = Published(about.number("step_seconds"), about.number("without_slowest_seconds"))
    if entry.known("seconds") is not None:
        return _measured(name, np.array([*_rows(entry)]), published)
    law = Entry(entry.known("mixed"), f"{entry.where}: mixed")
    return Job(
        name=name,
        steps=entry.whole("steps"),
        ranks=entry.whole("ranks"),
        measured=entry.number("barrier_factor"),
        law=_law(law),
        independent=entry.number("independent"),
        times=None,
        published=published,
    )


def _rows(entry: Entry) -> Iterator[list[float]]:
    rows = entry.known("seconds")
    ranks = len(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], list) else 0
    if ranks < 2:
        entry.refuse("seconds", "a list of steps, each a list of the seconds of two ranks or more")
    for row in rows:
        if not isinstance(row, list) or len(row) != ranks or not all(map(is_number, row)):
            entry.refuse("seconds", f"the seconds of {ranks} ranks in each step")
        yield row


def _law(entry: Entry) -> Mixed:
    fields: Mapping[str, Any] = {key: entry.known(key) for key in entry.keys}
    try:
        return Mixed(**{**fields, "tail": Tail(entry.text("tail"))})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{entry.where}: is no straggler=mixed ({error})") from error

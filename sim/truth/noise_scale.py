"""Published training runs of one model at several batches, with the noise of their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sim.truth.entry import SEE, Entry, is_number, loaded

#: The digest that the package carries, and what it says of itself.
DIGEST, ITSELF = "noise_scale.json", ("about", "source")
COLUMNS = ("progress", "iteration", "metric", "grad_sqr", "grad_var")


class Point(NamedTuple):
    """A run at one of its evaluations.

    Attributes
    ----------
    progress
        Updates of the smallest batch that are worth as much, as AdaScale counts them (updates).
    updates
        How many have been made.
    metric
        On the validation set (no unit).
    squared
        Square of the gradient's length (no unit).
    variance
        Variance of a gradient of the smallest batch of the model (no unit).
    """

    progress: float
    updates: float
    metric: float
    squared: float
    variance: float


class Run(NamedTuple):
    """A run at one batch.

    Attributes
    ----------
    batch
        Global batch (samples).
    points
        Its evaluations, in order.
    """

    batch: int
    points: Sequence[Point]


def read_noise_scale(path: Path | None = None) -> Mapping[str, Sequence[Run]]:
    """The runs of a file, by model, the smallest batch first.

    Parameters
    ----------
    path
        Where it is: JSON, models, of each the batches, of each ``columns`` and ``rows``; None: the public ones inside
        the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, model, batch, row, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    models = Entry(found, file)
    return {
        model: _runs(Entry(models.known(model), f"{file}: {model}")) for model in models.keys if model not in ITSELF
    }


def _runs(batches: Entry) -> Sequence[Run]:
    runs = []
    for key in batches.keys:
        where = f"{batches.where}: {key[:20]}"
        if not (key.isascii() and key.isdecimal() and len(key) < 10 and int(key) > 0):
            raise ValueError(f"{where}: expected a batch, a whole number of samples such as 256; {SEE}")
        runs.append(Run(int(key), [*_points(Entry(batches.known(key), where))]))
    return sorted(runs)


def _points(run: Entry) -> Iterator[Point]:
    columns, rows = run.known("columns"), run.known("rows")
    if not isinstance(columns, list) or any(name not in columns for name in COLUMNS):
        run.refuse("columns", f"a list with {', '.join(COLUMNS)}")
    if not isinstance(rows, list) or not rows:
        run.refuse("rows", "a list of lists of numbers, an evaluation each")
    before = 0.0
    for number, row in enumerate(rows, 1):
        cells = dict(zip(columns, row, strict=False)) if isinstance(row, list) else {}
        for name in COLUMNS:
            if not _fits(cells.get(name), name):
                wanted, got = "a number" if name == "metric" else "a number above 0", repr(cells.get(name))[:60]
                raise ValueError(f"{run.where}: row {number}: {name}: expected {wanted}, got {got}; {SEE}")
        point = Point(*(float(cells[name]) for name in COLUMNS))
        if point.updates <= before:
            raise ValueError(
                f"{run.where}: row {number}: iteration: expected more than {before:g}, got {point.updates:g}; {SEE}"
            )
        before = point.updates
        yield point


def _fits(value: Any, name: str) -> bool:
    if name != "metric":
        return is_number(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf

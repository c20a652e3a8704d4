"""Published throughputs, each predicted from what a planner would know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from sim.calibration.fit import Calibration, Evidence
from sim.truth.table import Point, Table
from sim.validation.baselines import last_kept, line_rate, linear

#: Of the interval that is told, the quantiles at its ends.
LOW, HIGH = 0.1, 0.9


class Judged(NamedTuple):
    """A point beside its prediction; throughputs are in the unit of the table (1/s).

    Attributes
    ----------
    table
        The table.
    point
        What was measured.
    predicted
        The most probable throughput (1/s).
    low, high
        Between which it is with a probability of 80 % (1/s).
    known
        Whether something else was known of the machines.
    linear, line_rate, last_kept
        What `sim.validation.baselines` say (1/s); None where they cannot.
    """

    table: Table
    point: Point
    predicted: float
    low: float
    high: float
    known: bool
    linear: float
    line_rate: float | None
    last_kept: float

    @property
    def name(self) -> str:
        """Of the table, and how many devices."""
        return f"{self.table.id}#{self.point.devices}"


def judge(tables: Sequence[Table], known: Sequence[Table], given: int = 1) -> Iterator[Judged]:
    """Predict every point on more machines than are given, each table by a model that has learned from all others.

    A table is left out of what its own model learns from whatever it is called there: by its figures. Nothing is
    learned of one table's rows beyond those that are given, and nothing by its name.

    Parameters
    ----------
    tables
        What is predicted.
    known
        What models learn from.
    given
        Up to how many machines the points of the table itself are known, >= 1; 1: its anchor alone.
    """
    asked = {table.figures: table for table in tables}
    known = [asked.get(table.figures, table) for table in known]
    calibration = cache(Calibration)
    for table in tables:
        points = table.beyond(given)
        if not points:
            continue
        others = ((other, other.beyond()) for other in known if _teaches(other, table))
        own = ((table, table.up_to(given)),) if table.up_to(given) else ()
        learned = calibration(Evidence(table.transport, (*others, *own)))
        predicted = learned.predict(table, points)
        ends = np.quantile(learned.possible(table, points), (LOW, HIGH), axis=0)
        for point, middle, low, high in zip(points, predicted.tolist(), *ends.tolist(), strict=True):
            baselines = linear(table, point), line_rate(table, point), last_kept(table, point, given)
            yield Judged(table, point, middle, low, high, learned.knows(table), *baselines)


def _teaches(other: Table, table: Table) -> bool:
    return other.transport is table.transport and other.figures != table.figures

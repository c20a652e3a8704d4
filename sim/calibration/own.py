"""What a user's own measurements say of a cluster, beside what was believed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.calibration.evidence import Evidence
from sim.calibration.fit import Calibration
from sim.calibration.numbers import Numbers
from sim.truth.table import Point, Table

#: Ends of the ranges that are told, and their middle: 80 % are between them.
QUANTILES = (0.1, 0.5, 0.9)
#: What is told: name, what it is, and the unit.
TOLD = {
    "card": ("what a network card carries", "Gb/s"),
    "interference": ("computing lost for a second of hidden traffic", "s/s"),
    "latency": ("of a hop", "s"),
    "scatter": ("of compute times between machines", ""),
}


class Range(NamedTuple):
    """Of an unknown, 80 % of what is possible, and the middle of it; in the unit that `TOLD` has.

    Attributes
    ----------
    low, middle, high
        The quantiles of 10, 50 and 90 % (in that unit).
    """

    low: float
    middle: float
    high: float


class Learned(NamedTuple):
    """What measurements have said.

    Attributes
    ----------
    before, after
        Of each unknown, by its name: what was believed of such a cluster, and what is now.
    predicted
        What the most probable model says of each point on several machines (1/s).
    points
        These.
    """

    before: Mapping[str, Range]
    after: Mapping[str, Range]
    predicted: Sequence[float]
    points: Sequence[Point]


def learn(table: Table, published: Sequence[Table]) -> Learned:
    """Learn what a cluster does from a table of one's own and all published ones of its transport.

    Parameters
    ----------
    table
        One's own, with an anchor.
    published
        Tables of other clusters.
    """
    others = tuple((other, other.beyond()) for other in published if other.transport is table.transport)
    points = table.beyond()
    before = Calibration(Evidence(table.transport, others))
    after = Calibration(Evidence(table.transport, (*others, (table, points))))
    largest = max(points, key=lambda point: point.nodes)
    return Learned(
        before=_ranges(before.unknowns(table, largest)),
        after=_ranges(after.unknowns(table, largest)),
        predicted=after.fitted(table, points).tolist(),
        points=points,
    )


def _ranges(samples: Mapping[str, Numbers]) -> Mapping[str, Range]:
    return {name: Range(*np.quantile(samples[name], QUANTILES).tolist()) for name in TOLD}

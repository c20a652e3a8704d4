"""Figures of both sides, next to each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sim.evidence.difference import compare
from sim.lab.compare.side import Side
from sim.until import Until

#: The unit of each figure.
UNITS = {
    "seconds_per_update": "s",
    "updates_per_second": "1/s",
    "seconds_to_target": "s",
    "mean_staleness": "versions",
    "bytes_sent": "B",
}


class Row(NamedTuple):
    """A figure as it was measured and as it was predicted.

    Attributes
    ----------
    what
        Which figure.
    measured, predicted
        Its means over the seeds (in its unit).
    low95, high95
        The 95 % interval of measured less predicted, of pairs of runs of the same seed (in its unit); None: of one
        seed there is none.
    n
        How many seeds.
    """

    what: str
    measured: float
    predicted: float
    low95: float | None
    high95: float | None
    n: int

    @property
    def unit(self) -> str:
        """Its unit."""
        return UNITS[self.what]

    @property
    def off(self) -> float | None:
        """How much larger the prediction is, as a share of what was measured; None where that is 0."""
        return self.predicted / self.measured - 1.0 if self.measured else None


class Compared(NamedTuple):
    """All rows, and what has to be said of them.

    Attributes
    ----------
    rows
        The figures that both sides have, in the order of `UNITS`.
    remarks
        Why others are not there, where somebody would expect them.
    """

    rows: list[Row]
    remarks: list[str]


def compared(measured: Mapping[int, Side], predicted: Mapping[int, Side], until: Until) -> Compared:
    """Compare both sides, by pairs of the same seed.

    Parameters
    ----------
    measured, predicted
        The sides of each seed.
    until
        Has the target, if there is one.
    """
    figures: dict[str, Callable[[Side], float | None]] = {
        "seconds_per_update": lambda side: side.seconds / side.updates if side.updates else None,
        "updates_per_second": lambda side: side.updates / side.seconds if side.seconds else None,
        "mean_staleness": lambda side: side.mean_staleness,
        "bytes_sent": lambda side: side.bytes_sent,
    }
    if until.has_target:
        figures["seconds_to_target"] = lambda side: side.seconds_to(until)
    rows, remarks = [], []
    for what in (name for name in UNITS if name in figures):
        sides = [{seed: figures[what](side) for seed, side in each.items()} for each in (measured, predicted)]
        found = [{seed: value for seed, value in each.items() if value is not None} for each in sides]
        if all(len(each) == len(measured) for each in found):
            rows.append(_row(what, *found))
        elif what == "seconds_to_target":  # a mean of those that are left would flatter
            remarks.append(
                f"the target was reached by {len(found[0])} of {len(measured)} jobs and {len(found[1])} predictions: "
                "their times are not compared"
            )
    return Compared(rows, remarks)


def _row(what: str, measured: Mapping[int, float], predicted: Mapping[int, float]) -> Row:
    found = compare(predicted, measured)
    return Row(what, _mean(measured), _mean(predicted), found.low, found.high, found.n)


def _mean(values: Mapping[int, float]) -> float:
    return math.fsum(values.values()) / len(values)


def pooled(sides: Mapping[int, Side]) -> Counter[int]:
    """How many applied gradients of all seeds had which staleness (versions)."""
    found: Counter[int] = Counter()
    for side in sides.values():
        found.update(side.staleness)
    return found


def total_variation(first: Counter[int], second: Counter[int]) -> float | None:
    """How far apart two histograms are: half the sum of the differences of their shares (0 to 1); None of empty ones.

    Examples
    --------
    >>> total_variation(Counter({0: 1, 1: 1}), Counter({0: 10, 1: 30}))
    0.25
    """
    wholes = first.total(), second.total()
    if not all(wholes):
        return None
    every = first.keys() | second.keys()
    return math.fsum(abs(first[each] / wholes[0] - second[each] / wholes[1]) for each in sorted(every)) / 2.0

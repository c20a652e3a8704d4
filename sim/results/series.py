"""Curves out of the rows of metrics.csv: one per seed, their mean, and when they first reach a target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.results.rows import Metric

Measure = Literal["train_loss", "test_loss", "test_accuracy", "test_rmse"]


@dataclass
class Series:
    """A measure over virtual time."""

    seconds: list[float]  # s, ascending
    values: list[float]

    def at(self, instant: float) -> float:
        """The value at an instant (s), on the straight line between two evaluations."""
        import numpy as np

        return float(np.interp(instant, self.seconds, self.values))


@dataclass
class Arrival:
    """When the accuracy first reached a target: means over the seeds, None unless every seed got there."""

    seeds: int
    reached: int  # seeds that reached it
    seconds: float | None = None  # s
    seconds_ci95: float | None = None  # s, half width; None for one seed
    updates: float | None = None


def measured(metrics: Iterable[Metric], measure: Measure) -> list[Series]:
    """The curve of each seed, in order of the seeds; [] when the measure was never taken."""
    curves: dict[int, Series] = {}
    for row in metrics:
        value = getattr(row, measure)
        if value is not None:
            curve = curves.setdefault(row.seed, Series([], []))
            curve.seconds.append(row.seconds)
            curve.values.append(value)
    return [curves[seed] for seed in sorted(curves)]


def mean(curves: Sequence[Series]) -> Series:
    """The mean over seeds at every instant at which one was evaluated, as long as all of them have values.

    Between its evaluations a seed is taken to move in a straight line.
    """
    if len(curves) == 1:
        return curves[0]
    import numpy as np

    first = max((curve.seconds[0] for curve in curves), default=0.0)
    last = min((curve.seconds[-1] for curve in curves), default=-1.0)
    instants = np.unique([instant for curve in curves for instant in curve.seconds if first <= instant <= last])
    values = [np.interp(instants, curve.seconds, curve.values) for curve in curves]
    return Series(instants.tolist(), np.mean(values, axis=0).tolist() if len(instants) else [])


def arrival(metrics: Iterable[Metric], target: float) -> Arrival:
    """When test accuracy was first seen at ``target`` (0 to 1) or above, at an evaluation; nothing is interpolated."""
    seeds: set[int] = set()
    hits: dict[int, Metric] = {}
    for row in metrics:
        seeds.add(row.seed)
        if row.test_accuracy is not None and row.test_accuracy >= target:
            hits.setdefault(row.seed, row)
    if not seeds or len(hits) < len(seeds):
        return Arrival(len(seeds), len(hits))
    seconds = [row.seconds for row in hits.values()]
    updates = [row.updates for row in hits.values()]
    middle = math.fsum(seconds) / len(seconds)
    return Arrival(len(seeds), len(hits), middle, _half_width(seconds, middle), math.fsum(updates) / len(updates))


def _half_width(values: Sequence[float], middle: float) -> float | None:
    """Half width of Student's 95 % confidence interval of a mean: t * s / sqrt(n), n - 1 degrees of freedom."""
    if len(values) < 2:
        return None
    from scipy.special import stdtrit

    spread = math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
    return float(stdtrit(len(values) - 1, 0.975)) * spread / math.sqrt(len(values))

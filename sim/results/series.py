"""Curves out of the rows of metrics.csv: one per seed, their mean, and when they first reach a target."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.evidence.censored import Waited
from sim.evidence.interval import half_width, mean_interval
from sim.results.rows import Metric, Summary

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
    """When the accuracy reached a target: means over the seeds, None unless every seed got there."""

    seeds: int
    reached: int  # seeds that reached it
    seconds: float | None = None  # s
    seconds_ci95: float | None = None  # s, half width; None for one seed
    updates: float | None = None
    uncertainty: float | None = None  # s, from the latest model known to be below the target to the one at it


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


class Band(NamedTuple):
    """The mean over seeds, and where it lies with 95 % confidence at each instant by itself (Student).

    Attributes
    ----------
    mean, low, high
        At the same instants; what is not finite is so wherever a seed's value is not.
    """

    mean: Series
    low: Series
    high: Series


def band(curves: Sequence[Series], instants: Sequence[float]) -> Band:
    """The mean of at least two curves with its interval, at instants of ours at which all of them have values.

    Parameters
    ----------
    curves
        One per seed, between whose evaluations a seed is taken to move in a straight line.
    instants
        Ascending (s); those before the latest begin and after the earliest end of a curve are left out.
    """
    import numpy as np

    first, last = max(curve.seconds[0] for curve in curves), min(curve.seconds[-1] for curve in curves)
    at = [instant for instant in instants if first <= instant <= last]
    values = np.array([np.interp(at, curve.seconds, curve.values) for curve in curves])
    with np.errstate(all="ignore"):  # what has diverged is not finite
        middle = values.mean(axis=0)
        half = half_width(1.0, len(curves)) * values.std(axis=0, ddof=1)  # proportional to the spread
        low, high = middle - half, middle + half
    return Band(*(Series(at, side.tolist()) for side in (middle, low, high)))


def arrival(metrics: Iterable[Metric], target: float, over: int = 1) -> Arrival:
    """When test accuracy was first seen at a target, at an evaluation; nothing is interpolated.

    Parameters
    ----------
    metrics
        Evaluations of any number of seeds, of each in order of time.
    target
        Test accuracy, 0 to 1.
    over
        So many evaluations, >= 1, of which the running mean is to be at the target: a noisy metric crosses early by
        chance. The first such mean is that of the first so many.
    """
    curves = by_seed(metrics)
    hits = [hit for curve in curves.values() if (hit := _first(curve, target, over)) is not None]
    if not curves or len(hits) < len(curves):
        return Arrival(len(curves), len(hits))
    seconds = [row.seconds for row, _ in hits]
    mean_seconds = mean_interval(seconds)
    return Arrival(
        len(curves),
        len(hits),
        mean_seconds.value,
        mean_seconds.half_width,
        math.fsum(row.updates for row, _ in hits) / len(hits),
        math.fsum(row.seconds - before for row, before in hits) / len(hits),
    )


def waited(metrics: Iterable[Metric], target: float, over: int = 1) -> dict[int, Waited]:
    """How long each seed waited for test accuracy to be seen at a target, or else to its last evaluation (s).

    Parameters
    ----------
    metrics, target, over
        See `arrival`.
    """
    found = {}
    for seed, curve in by_seed(metrics).items():
        hit = _first(curve, target, over)
        found[seed] = Waited(curve[-1].seconds, False) if hit is None else Waited(hit[0].seconds, True)
    return found


def by_seed(metrics: Iterable[Metric]) -> dict[int, list[Metric]]:
    """The evaluations of each seed."""
    curves: dict[int, list[Metric]] = {}
    for row in metrics:
        curves.setdefault(row.seed, []).append(row)
    return curves


def arrival_of(summary: Summary, seeds: int) -> Arrival:
    """When a run that raced to a target of its own reached that, as exact as it has found it."""
    reached = seeds if summary.seconds_to_target is not None else 0
    margin = summary.ci95.get("seconds_to_target")
    exact = summary.target_uncertainty_seconds
    return Arrival(seeds, reached, summary.seconds_to_target, margin, summary.updates_to_target, exact)


def _first(curve: Sequence[Metric], target: float, over: int) -> tuple[Metric, float] | None:
    """The first evaluation at the target, and when the one before it was (s); None where there is none."""
    before, latest = 0.0, deque[float](maxlen=over)
    for row in curve:
        if row.test_accuracy is not None:
            latest.append(row.test_accuracy)
            if len(latest) == over and math.fsum(latest) / over >= target:
                return row, before
            before = row.seconds
    return None

"""Samples to a target at large batches, from the noise of gradients in a run at a small one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.efficiency.noise_scale import Scatter, noise_scale
from sim.evidence.range import Range, lognormal
from sim.truth.noise_scale import Run, read_noise_scale
from sim.validation.check import Asked, Check, Found
from sim.validation.row import Row

#: Which shares of the way from its first to its best metric a run is followed for.
SHARES = (0.8, 0.9, 0.95)
#: What is believed of how many times the noise scale the critical batch is: the standard deviation of the logarithm
#: of what that is in the middle of all models, about 1, and of a model about that.
MIDDLE, MODELS = 1.0, 0.9
#: How far a run gets to a metric by chance (standard deviation of the logarithm of its samples).
CHANCE = 0.1
#: Logarithms of factors that are looked at (no unit).
_FACTORS = np.linspace(-4.0, 6.0, 101)

Floats = NDArray[np.float64]


class Case(NamedTuple):
    """A run at a large batch beside one at a small one.

    Attributes
    ----------
    name
        Of the row.
    model
        What has been trained.
    share
        Of the way to the best metric of the small run (ratio).
    small, large
        Their batches (samples).
    scale
        The noise scale of the small run on its way there (samples).
    before, after
        Samples to the metric of the small run and of the large one (samples).
    """

    name: str
    model: str
    share: float
    small: int
    large: int
    scale: float
    before: float
    after: float

    def expected(self, logarithms: Floats) -> Floats:
        """Logarithms of samples to the metric of the large run, ``[factors]``.

        Parameters
        ----------
        logarithms
            Of how many times the noise scale the critical batch is, ``[factors]``.
        """
        critical = np.exp(logarithms) * self.scale
        expected: Floats = np.log(self.before * (1.0 + self.large / critical) / (1.0 + self.small / critical))
        return expected

    def range(self, probable: Floats) -> Range:
        """Samples to the metric of the large run, by how probable each factor is (samples).

        Parameters
        ----------
        probable
            What `learned` returns, ``[factors]``.
        """
        expected = self.expected(_FACTORS)
        mean = float(probable @ expected)
        return lognormal(mean, float(probable @ (expected - mean) ** 2) + 2.0 * CHANCE**2)


def cases(models: Mapping[str, Sequence[Run]], given: int | None) -> Iterator[Case | tuple[str, str]]:
    """Large runs beside the small run of their model that is known; of others, their name and why they are left out.

    Parameters
    ----------
    models
        Their runs.
    given
        Up to which batch runs are known (samples), of which the largest is the small one; None: the smallest is.
    """
    for model, runs in models.items():
        known = [run for run in runs if given is not None and run.batch <= given] or runs[:1]
        small, smallest = known[-1], runs[0].batch
        sign = 1.0 if small.points[-1].metric > small.points[0].metric else -1.0
        first, best = sign * small.points[0].metric, max(sign * point.metric for point in small.points)
        for share in SHARES:
            target = first + share * (best - first)
            before = _reached(small, sign, target)
            for large in runs[runs.index(small) + 1 :]:
                name, after = f"{model}/{large.batch}#{share:g}", _reached(large, sign, target)
                scale = None if before is None else _scale(small, before, smallest)
                if before is None or after is None or scale is None:
                    yield name, "does not get to the metric"
                else:
                    samples = before * small.batch, after * large.batch
                    yield Case(name, model, share, small.batch, large.batch, scale, *samples)


def learned(seen: Sequence[Case]) -> Floats:
    """How probable it is of another model that its critical batch is so many times the noise scale, ``[factors]``.

    Parameters
    ----------
    seen
        Runs of some models, each of which counts as much as one run: they share what makes them differ.
    """
    about = np.exp(-0.5 * (np.subtract.outer(_FACTORS, _FACTORS) / MODELS) ** 2)  # a model, [middle, factor]
    about /= about.sum(axis=1, keepdims=True)
    middle = np.exp(-0.5 * (_FACTORS / MIDDLE) ** 2)
    for model in {case.model for case in seen}:
        off = [(math.log(case.after) - case.expected(_FACTORS)) ** 2 for case in seen if case.model == model]
        middle *= about @ np.exp(-np.mean(off, axis=0) / (4.0 * CHANCE**2))
    probable: Floats = middle @ about / middle.sum()
    return probable


def _reached(run: Run, sign: float, target: float) -> float | None:
    """Updates until the metric is there, on the straight line between evaluations; None where it never is."""
    before, best = None, -math.inf
    for point in run.points:
        metric = max(best, sign * point.metric)
        if metric >= target:
            if before is None or metric == best:
                return point.updates
            return before.updates + (target - best) / (metric - best) * (point.updates - before.updates)
        before, best = point, metric
    return None


def _scale(run: Run, updates: float, smallest: int) -> float | None:
    """The noise scale of a run until so many updates, or at its first point."""
    points = [point for point in run.points if point.updates <= updates] or run.points[:1]
    # the source has averaged them already, and in some of its runs both fall by factors of thousands
    return noise_scale([Scatter(each.updates, each.squared, smallest * each.variance) for each in points], run.batch, 0)


def _judge(asked: Asked) -> Found:
    public = [case for case in cases(read_noise_scale(asked.calibrate_on), None) if isinstance(case, Case)]
    models = read_noise_scale(asked.on)
    found = [*cases(models, asked.given)]
    known = {model: learned([case for case in public if case.model != model]) for model in models}
    rows = [_row(case, known[case.model]) for case in found if isinstance(case, Case)]
    if not rows:
        raise ValueError("--on: has no model with two batches that get to a metric; give a run at a larger batch, too")
    return Found(rows, left_out=[case for case in found if not isinstance(case, Case)])


def _row(case: Case, probable: Floats) -> Row:
    found = case.range(probable)
    return Row(
        id=case.name,
        kind=case.model,
        measured=case.after,
        predicted=found.middle,
        low=found.low,
        high=found.high,
        baselines={
            "noise_scale_itself": math.exp(case.expected(np.zeros(1))[0]),
            "constant_samples": case.before,
            "constant_updates": case.before * case.large / case.small,
        },
        facts={
            "batch": case.large,
            "given_batch": case.small,
            "noise_scale": case.scale,
            "factor": math.exp(float(probable @ _FACTORS)),
        },
    )


CHECK = Check("noise_scale", "samples to a metric at large batches, from gradients at a small one", "samples", _judge)

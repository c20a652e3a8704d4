"""Two algorithms compared: by the difference of each seed where they have seeds in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.evidence.interval import CONFIDENCE, Interval, mean_interval


class Difference(NamedTuple):
    """How much larger the figures of a second algorithm are than those of a first.

    Attributes
    ----------
    effect
        Mean difference, second minus first (in that unit).
    low, high
        Its 95 % confidence interval (in that unit); None where there are too few seeds for one.
    p
        Probability of a difference as large where there is none (Student's t, both sides); None likewise.
    smaller
        Probability that a run of the first has the smaller figure than one of the second, ties counted half: of the
        same seed where they are paired.
    n
        Number of pairs, or else of runs of both.
    paired
        Whether the runs were compared seed by seed.
    """

    effect: float
    low: float | None
    high: float | None
    p: float | None
    smaller: float
    n: int
    paired: bool

    @property
    def told_apart(self) -> bool | None:
        """Whether the interval lacks zero; None where there is no interval."""
        return None if self.low is None or self.high is None else not self.low <= 0.0 <= self.high


def compare(first: Mapping[int, float], second: Mapping[int, float]) -> Difference:
    """Compare two algorithms.

    Runs of one seed have met the same stragglers, samples and starting point, so that their difference scatters less
    than either. Where at least two seeds are common, these are compared, and the others are left out; where not, all
    runs are, as independent ones (Welch).

    Parameters
    ----------
    first, second
        A figure of each, at least one, by seed.
    """
    seeds = sorted(first.keys() & second.keys())
    if len(seeds) > 1 or (seeds and len(first) == len(second) == 1):
        return _paired([first[seed] for seed in seeds], [second[seed] for seed in seeds])
    return _independent(list(first.values()), list(second.values()))


def _paired(first: Sequence[float], second: Sequence[float]) -> Difference:
    differences = [after - before for before, after in zip(first, second, strict=True)]
    effect = mean_interval(differences)
    smaller = math.fsum(_smaller(before, after) for before, after in zip(first, second, strict=True)) / len(first)
    return Difference(*effect[:3], _p(effect), smaller, len(first), True)


def _p(effect: Interval) -> float | None:
    """Of Student's test that a mean is 0, from its interval."""
    from scipy.special import stdtr, stdtrit

    if effect.half_width is None:
        return None
    if effect.half_width == 0.0:
        return float(effect.value == 0.0)
    degrees = effect.n - 1
    error = effect.half_width / float(stdtrit(degrees, (1.0 + CONFIDENCE) / 2.0))
    return 2.0 * float(stdtr(degrees, -abs(effect.value) / error))


def _independent(first: Sequence[float], second: Sequence[float]) -> Difference:
    effect = math.fsum(second) / len(second) - math.fsum(first) / len(first)
    smaller = math.fsum(_smaller(before, after) for before in first for after in second) / (len(first) * len(second))
    low = high = p = None
    if min(len(first), len(second)) > 1:
        low, high, p = _welch(first, second, effect)
    return Difference(effect, low, high, p, smaller, len(first) + len(second), False)


def _welch(first: Sequence[float], second: Sequence[float], effect: float) -> tuple[float, float, float]:
    if len({*first}) == len({*second}) == 1:
        return effect, effect, float(effect == 0.0)
    from scipy.special import stdtr, stdtrit

    parts = [_variance(values) / len(values) for values in (first, second)]
    error = math.sqrt(math.fsum(parts))
    # The degrees of freedom of Welch (1947), after Satterthwaite.
    degrees = error**4 / math.fsum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True)
    )
    half = float(stdtrit(degrees, (1.0 + CONFIDENCE) / 2.0)) * error
    return effect - half, effect + half, 2.0 * float(stdtr(degrees, -abs(effect) / error))


def _variance(values: Sequence[float]) -> float:
    """Of a sample, with n - 1 in its denominator."""
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _smaller(before: float, after: float) -> float:
    return 0.5 if before == after else float(before < after)


def holm(values: Sequence[float]) -> list[float]:
    """Probabilities of many tests, corrected so that none of those below 0.05 is a chance find with 95 % confidence.

    Holm 1979: the k-th smallest of m, counted from 0, times m - k, and at least the one before.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    corrected, largest = [0.0] * len(values), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - place) * values[index]))
        corrected[index] = largest
    return corrected

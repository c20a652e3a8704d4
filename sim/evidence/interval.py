"""A mean, and where it lies with 95 % confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

#: How often an interval is to hold what it is an interval of.
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate with its 95 % confidence interval, in the unit of what is estimated.

    Attributes
    ----------
    value
        The estimate (in that unit).
    low, high
        The interval (in that unit); None where there is none: of one value, or without a bound on this side.
    n
        Number of values that it is of.
    """

    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """Half its width; None where there is no interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2.0


def half_width(spread: float, n: int, confidence: float = CONFIDENCE) -> float:
    """Half width of Student's confidence interval of a mean.

    Parameters
    ----------
    spread
        Sample standard deviation of the values (in that unit), with n - 1 in its denominator.
    n
        How many there are, >= 2.
    confidence
        How often it is to hold the mean (ratio).
    """
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1.0 + confidence) / 2.0)) * spread / math.sqrt(n)


def mean_interval(values: Sequence[float], inflation: float = 1.0) -> Interval:
    """The mean of at least one value, with Student's interval.

    Parameters
    ----------
    values
        Independent, such as one from each seed.
    inflation
        How many times as wide as Student's the interval is, >= 1: who looks often has to pay for it.
    """
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2 or not math.isfinite(mean):
        return Interval(mean, None, None, n)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = inflation * half_width(spread, n)
    return Interval(mean, mean - half, mean + half, n)

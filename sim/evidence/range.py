"""What is possible of a figure: 80 % of it."""

from __future__ import annotations

import math
from typing import NamedTuple

#: Of a normal distribution, how many standard deviations from the mean 10 % are beyond.
TENTH = 1.2815515655446004


class Range(NamedTuple):
    """Of a figure, 80 % of what is possible, and the middle of it.

    Attributes
    ----------
    low, middle, high
        The quantiles of 10, 50 and 90 % (in the figure's unit).
    """

    low: float
    middle: float
    high: float


def lognormal(mean: float, variance: float) -> Range:
    """Of a figure whose logarithm is normal.

    Parameters
    ----------
    mean, variance
        Of the logarithm (no unit).
    """
    half = TENTH * math.sqrt(variance)
    return Range(math.exp(mean - half), math.exp(mean), math.exp(mean + half))

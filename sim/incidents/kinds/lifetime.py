"""How long something works until it fails, and how long it is away."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

#: Seconds of an hour.
HOUR = 3600.0


class Repair(StrEnum):
    """How the time that something is away scatters about its mean."""

    exponential = "exponential"
    fixed = "fixed"


def to_failure(generator: np.random.Generator, rate_per_hour: float, shape: float = 1.0) -> float:
    """Time to failure (s): Weibull with a mean of one over the rate.

    Parameters
    ----------
    generator
        Draws it.
    rate_per_hour
        Failures of one that works (1/h), > 0.
    shape
        Of the Weibull law (no unit), > 0: 1 is exponential, below 1 failures come early in a life, above 1 late.
    """
    mean = HOUR / rate_per_hour
    return float(mean / math.gamma(1.0 + 1.0 / shape) * generator.weibull(shape))


def away(generator: np.random.Generator, seconds: float, repair: Repair) -> float:
    """For how long something is away (s), on average `seconds`."""
    return seconds if repair is Repair.fixed else float(generator.exponential(seconds))

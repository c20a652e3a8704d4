"""The largest of some draws, which workers in lockstep wait for."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri


class Largest(NamedTuple):
    """The largest of some draws of a standard normal distribution.

    Attributes
    ----------
    mean, spread
        Its mean and its standard deviation (both no unit).
    """

    mean: float
    spread: float


@cache
def largest_of(draws: int) -> Largest:
    """The largest of so many (David and Nagaraja, "Order statistics", 2003, section 3.1).

    Parameters
    ----------
    draws
        How many, >= 1.

    Examples
    --------
    >>> [round(moment, 4) for moment in largest_of(2)]  # 1 / sqrt(pi), sqrt(1 - 1 / pi)
    [0.5642, 0.8256]
    """
    at = np.linspace(-8.0, float(ndtri(1.0 - 1e-9 / draws)), 4001)
    edges = (at[1:] + at[:-1]) / 2.0
    shares = np.diff(ndtr(edges) ** draws, prepend=0.0, append=1.0)
    mean = float(shares @ at)
    return Largest(mean, math.sqrt(float(shares @ (at - mean) ** 2)))

"""Times of which some were cut off at a bound before what was waited for had happened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import NamedTuple

from sim.evidence.interval import CONFIDENCE, Interval, mean_interval

#: What is a half to within rounding.
_HALF = 0.5 + 1e-12


class Waited(NamedTuple):
    """How long was waited.

    Attributes
    ----------
    seconds
        Until it happened, or else until the bound (s); infinite where it never will.
    reached
        Whether it happened.
    """

    seconds: float
    reached: bool


def horizon(*groups: Iterable[Waited]) -> float | None:
    """The common bound of some groups (s), up to which all of them are known; None where nothing was cut off.

    Who would wait for ever, such as a run that has diverged, is known up to any bound; where all that were cut off
    would, it is the longest of the times that were not.
    """
    everybody = [each for group in groups for each in group]
    bounds = [each.seconds for each in everybody if not each.reached]
    reached = [each.seconds for each in everybody if each.reached]
    bound = min(bounds, default=None)
    return max(reached) if bound == math.inf and reached else bound


def restricted(waited: Waited, bound: float | None) -> float:
    """How long was waited up to a common bound at the most (s)."""
    return waited.seconds if bound is None else min(waited.seconds, bound)


def restricted_mean(group: Sequence[Waited], bound: float | None = None) -> Interval:
    """Mean waiting time up to a common bound, with Student's interval (s).

    It is the area below the Kaplan-Meier curve up to the bound, where nothing is cut off before it. Where all have
    waited up to the bound there is no interval: nothing is known of how they scatter.

    Parameters
    ----------
    group
        At least one.
    bound
        At most that of `horizon`; None: that of this group.
    """
    bound = horizon(group) if bound is None else bound
    seconds = [restricted(each, bound) for each in group]
    mean = mean_interval(seconds)
    stuck = bound is not None and min(seconds) >= bound
    return Interval(mean.value, None, None, mean.n) if stuck else mean


def median(group: Sequence[Waited]) -> Interval | None:
    """The Kaplan-Meier median of the waiting times, with its interval by the log-log transformation (s).

    Parameters
    ----------
    group
        At least one.

    Returns
    -------
    Interval or None
        Its bounds are None where the curve's confidence band does not fall to a half; None where the curve does not.
    """
    import numpy as np

    waited = np.sort([each.seconds for each in group])
    events = np.sort([each.seconds for each in group if each.reached])
    times, happened = np.unique(events, return_counts=True)
    left = len(group) - np.searchsorted(waited, times)  # who still waits just before each of the times
    share = np.cumprod(1.0 - happened / left)
    middle = _falls_to_half(times, share)
    if middle is None:
        return None
    with np.errstate(all="ignore"):  # where nobody is left the variance is not defined
        # Greenwood's, of log(-log S): Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 1.4.
        variance = np.cumsum(happened / (left * (left - happened))) / np.log(share) ** 2
        away = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) * np.sqrt(variance)
        low, high = (share ** np.exp(sign * away) for sign in (1.0, -1.0))
    return Interval(middle, _falls_to_half(times, low), _falls_to_half(times, high), len(group))


def _falls_to_half(times: Iterable[float], shares: Iterable[float]) -> float | None:
    return next((float(time) for time, share in zip(times, shares, strict=True) if share <= _HALF), None)

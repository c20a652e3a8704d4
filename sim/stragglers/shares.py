"""What step times are made of: whose they are, when they were, and what a barrier makes of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: A variance below this share of the square of the mean, or of the whole, is rounding (no unit).
ROUNDING = 1e-24


class Shares(NamedTuple):
    """The shares of the variance of step times, whose sum is 1, and how long a moment lasts.

    Attributes
    ----------
    worker, step, rest
        What belongs to the worker, to the step that is common to all, and to neither, 0 to 1 (no unit).
    correlation
        Of a worker's time and its next one, about its own mean, all workers taken together (lag 1, -1 to 1); None where
        no worker's times change.
    """

    worker: float
    step: float
    rest: float
    correlation: float | None


def shares(times: NDArray[np.float64]) -> Shares | None:
    """Whose the variance of step times is: a two-way analysis of variance without replication.

    With m the mean of all times t[k, r], w[r] the mean of worker r less m, and s[k] the mean of step k less m,
    sum (t - m)^2 = sum w^2 + sum s^2 + sum (t - m - w - s)^2, each over all steps and workers: the shares are the
    terms over the left side, as they are, without a correction for how few steps or workers there are. The correlation
    is sum d[k + 1, r] d[k, r] / sum d[k, r]^2, d = t - m - w.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (of any unit).

    Returns
    -------
    Shares or None
        None where all times are the same.
    """
    about = times - times.mean()
    total = float((about**2).mean())
    if total <= ROUNDING * float(times.mean()) ** 2:
        return None
    workers, steps = about.mean(axis=0), about.mean(axis=1)
    rest = about - workers - steps[:, None]
    worker, step, left = (float((part**2).mean()) / total for part in (workers, steps, rest))
    return Shares(worker, step, left, _lag_1(about - workers, total))


def _lag_1(changes: NDArray[np.float64], total: float) -> float | None:
    squares = float((changes**2).sum())
    if squares <= ROUNDING * total * changes.size:
        return None
    return float((changes[1:] * changes[:-1]).sum()) / squares


def barrier_factor(times: NDArray[np.float64]) -> float:
    """How much longer a step takes in which all wait for the slowest: mean of the slowest over the mean of all times.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (of any unit).
    """
    return float(times.max(axis=1).mean() / times.mean())


def barrier_factor_of_draws(times: NDArray[np.float64]) -> float:
    """The same where each worker draws its times by itself, from all times of all workers.

    The slowest of R draws is at most the i-th of N sorted times with probability (i / N)^R.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (of any unit).
    """
    ordered = np.sort(times, axis=None)
    below = (np.arange(ordered.size + 1) / ordered.size) ** times.shape[1]
    return float(ordered @ np.diff(below) / ordered.mean())

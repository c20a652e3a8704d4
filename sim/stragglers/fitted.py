"""The law that step times have been drawn from, by their moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.stragglers.mixed import Mixed
from sim.stragglers.shares import ROUNDING, shares

#: What does not change within a file has a correlation of 1, which no sequence of draws has.
MOST_CORRELATED = 0.999


def fitted(times: NDArray[np.float64]) -> Mixed:
    """The mixed law with the workers' means, the variance, its shares and the correlation of some step times.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (of any unit), each above 0.
    """
    found = shares(times)
    if found is None:
        return Mixed(cv=0.0, means=[1.0] * times.shape[1])
    relative = times / times.mean()
    means = relative.mean(axis=0)
    cv = max(float(relative.std()), float(means.std()) * (1.0 + ROUNDING))
    return Mixed(
        cv=cv,
        step_share=min(found.step, 1.0 - float(means.var()) / cv**2),
        correlation=min(max(found.correlation or 0.0, 0.0), MOST_CORRELATED),
        means=means.tolist(),
    )

"""A law of step times with the figures of a trace."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.stragglers.mixed import USUAL_SHAPE, Mixed, Tail
from sim.stragglers.shares import shares

#: The most that successive times are taken to be correlated: a trace in which more are is one long moment.
MOST_CORRELATED = 0.99


def fitted(times: NDArray[np.float64]) -> Mixed:
    """`straggler=mixed` whose workers have the means of these times, and whose gradients scatter about them as they do.

    Each time is divided by its worker's mean. Of what is left the law has the cv, the share of the step, and the lag-1
    correlation; its tail is Pareto's where what is neither worker's nor step's is more skewed than a log-normal part of
    its spread, (s^2 + 3) s.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (of any unit), > 0.
    """
    means = times.mean(axis=0)
    about = times / means
    found = shares(about)
    law = Mixed(cv=0.0, worker_share=0.0, step_share=0.0, correlation=0.0, means=means.tolist())
    if found is None:
        return law
    varying = found.step + found.rest  # no worker has a share any more, but for rounding
    step_share = min(1.0, found.step / varying)
    cv, spread = float(about.std()), float(about.std()) * (math.sqrt(step_share) + math.sqrt(1.0 - step_share))
    return Mixed(
        cv=cv,
        worker_share=0.0,
        step_share=step_share,
        correlation=min(MOST_CORRELATED, max(0.0, found.correlation or 0.0)),
        tail=Tail.pareto if _skewness(about) > (spread**2 + 3.0) * spread and _fits(spread) else Tail.lognormal,
        means=law.means,
    )


def _skewness(about: NDArray[np.float64]) -> float:
    """Of what is neither a worker's nor a step's (no unit)."""
    rest = about - about.mean(axis=1, keepdims=True)
    rest -= rest.mean(axis=0)
    spread = float(rest.std())
    return float((rest**3).mean()) / spread**3 if spread > 0.0 else 0.0


def _fits(spread: float) -> bool:
    """Whether positive times with the usual tail spread that far (`Mixed` says why)."""
    return spread < math.sqrt(USUAL_SHAPE / (USUAL_SHAPE - 2.0))

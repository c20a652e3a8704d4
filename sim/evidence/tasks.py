"""Algorithms over many tasks: interquartile means, and how often each comes close to the best (profiles)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.evidence.interval import CONFIDENCE, Interval


def interquartile_mean(values: Sequence[float]) -> Interval:
    """The mean of the middle half of at least one value, which a few failures do not decide (Agarwal et al. 2021).

    Its interval is that of Tukey and McLaughlin for trimmed means, which needs no bootstrap; None of fewer than four.
    """
    import numpy as np
    from scipy.stats import trim_mean
    from scipy.stats.mstats import trimmed_mean_ci

    middle = float(trim_mean(np.sort(values), 0.25))
    if len(values) < 4:
        return Interval(middle, None, None, len(values))
    low, high = trimmed_mean_ci(np.array(values), limits=(0.25, 0.25), inclusive=(True, True), alpha=1.0 - CONFIDENCE)
    return Interval(middle, float(low), float(high), len(values))


def performance_profile(
    times: Mapping[str, Mapping[str, float | None]], factors: Sequence[float]
) -> dict[str, list[float]]:
    """The share of the tasks on which each algorithm takes at most so many times as long as the best (Dolan-More 2002).

    Parameters
    ----------
    times
        Algorithm -> task -> time (s); None: it never got there. Tasks that nobody did are left out.
    factors
        Of the best time, >= 1.
    """
    tasks = dict.fromkeys(task for of_one in times.values() for task in of_one)
    best = {task: min(filter(None, (of_one.get(task) for of_one in times.values())), default=None) for task in tasks}
    done = {task: time for task, time in best.items() if time is not None}
    return {
        name: [
            sum((of_one.get(task) or float("inf")) <= factor * time for task, time in done.items()) / max(1, len(done))
            for factor in factors
        ]
        for name, of_one in times.items()
    }

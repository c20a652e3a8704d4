"""The gradient noise scale of a problem on its way to a target, measured on runs of one's own."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from sim.efficiency.penalty import CONFIDENCE
from sim.evidence.interval import half_width
from sim.evidence.range import Range
from sim.proxy.race import Race
from sim.record import Record
from sim.simulate import simulate

#: How many runs are measured, and at how many points of each.
RUNS, POINTS = 4, 50


def measured_noise_scale(synchronous: Race, told: Callable[[], None] | None = None) -> Range:
    """The noise scale on the way to the target, with its 80 % interval over seeds (samples).

    Parameters
    ----------
    synchronous
        A race of synchronous SGD, some of whose runs are repeated with their gradients recorded.
    told
        Called after every run.

    Raises
    ------
    ValueError
        In one line, where gradients have no noise.
    """
    logarithms = []
    for seed, summary in [*synchronous.summaries.items()][:RUNS]:
        every = max(1, int(summary.updates_to_target or 0) // POINTS)
        record = Record(every_updates=every, gradients=True)
        found = simulate(replace(synchronous.experiment, seed=seed, record=record)).summary.noise_scale
        if told is not None:
            told()
        if not found:
            raise ValueError(f"problem: seed {seed} has no noise scale, as gradients without noise; say --noise-scale")
        logarithms.append(math.log(found))
    return geometric(logarithms)


def geometric(logarithms: Sequence[float]) -> Range:
    """The geometric mean of a figure with Student's 80 % interval; of one value, no width.

    Parameters
    ----------
    logarithms
        Of the values, at least one (no unit).
    """
    mean = statistics.fmean(logarithms)
    n = len(logarithms)
    half = half_width(statistics.stdev(logarithms), n, CONFIDENCE) if n > 1 else 0.0
    return Range(math.exp(mean - half), math.exp(mean), math.exp(mean + half))

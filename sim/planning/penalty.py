"""What protocols cost in samples that are not synchronous SGD, by races on a proxy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sim.calibration.numbers import Numbers
from sim.compressors.none import NoCompression
from sim.devices.cpu_core import CPUCore
from sim.efficiency.penalty import Penalty
from sim.evidence.range import TENTH
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.planning.family import Family
from sim.problems.digits_mlp import DigitsMLP
from sim.proxy.penalty import References, raced
from sim.proxy.race import Seeds
from sim.streams import stream
from sim.until import Until
from sim.workloads.native import Native

#: The proxy: a classifier of digits, to an accuracy that all methods get to, by no more workers than this with
#: mini-batches of so many samples.
ACCURACY, EPOCHS, WORKERS, BATCH = 0.9, 60.0, 16, 8
#: The longest round that there are several of on the way to that.
LONGEST = 32
#: On how many seeds is raced, and how many others choose learning rates.
SEEDS = Seeds(judging=4, tuning=1)


class DivergesError(ValueError):
    """A protocol of which the proxy says nothing."""


def is_penalised(run: Experiment) -> bool:
    """Whether a run may need other samples than synchronous SGD does."""
    return not run.protocol.lockstep or run.compression != NoCompression()


def proxy_of(run: Experiment) -> Experiment:
    """The same protocol on something small enough to be learned a hundred times.

    Raises
    ------
    ValueError
        In one line, where no proxy can tell what it costs.
    """
    period = getattr(run.protocol, "period", 1)
    if period > LONGEST:
        raise ValueError(
            f"protocol.period: what rounds of {period} steps cost in samples, no proxy can tell; give at most "
            f"{LONGEST}, or ask for goal.utilisation alone"
        )
    return replace(
        run,
        workers=WORKERS,
        batch=BATCH,
        workload=Native(),
        problem=DigitsMLP(),
        device=CPUCore(),
        transport=replace(run.transport, overlap=run.transport.overlap and run.protocol.overlaps),
        until=Until(target_accuracy=ACCURACY, epochs=EPOCHS),
    )


class Penalties:
    """Penalties of families, each raced once.

    Parameters
    ----------
    draws
        How many possibilities there are of each.
    """

    def __init__(self, draws: int) -> None:
        self._draws = draws
        self._references: References = {}
        self._known: dict[str, Penalty] = {}

    def of(self, family: Family) -> Numbers:
        """How many times the samples of synchronous SGD it takes (ratio, shape (draws,)).

        Raises
        ------
        DivergesError
            Where the proxy does not get to its end.
        """
        run = family.experiment
        if not is_penalised(run):
            return np.ones(self._draws)
        key = f"{run.protocol!r} {run.compression!r}"
        if key not in self._known:
            self._known[key] = raced(proxy_of(run), SEEDS, self._references).penalty
        found = self._known[key]
        if not math.isfinite(found.ratio):
            raise DivergesError(
                f"protocol={option_name(run.protocol)}: diverges on the proxy (docs/planning.md), so that nobody knows "
                "how many samples it takes; leave it out, or ask without goal.accuracy"
            )
        low = found.low80 if found.low80 is not None else found.ratio
        spread = max(0.0, math.log(found.ratio / low)) / TENTH
        normal = stream(0, "plan_penalty").standard_normal(self._draws)
        return np.asarray(found.ratio * np.exp(spread * normal), np.float64)

"""The formula beside the engine: one step of one candidate, nothing of it drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.calibration.cases import cases_of
from sim.calibration.layout import GBPS
from sim.calibration.simulated import wires
from sim.calibration.step import Unknowns, simulated_step
from sim.collectives.ring import Ring
from sim.experiment import Experiment
from sim.planning.formula import Formula
from sim.planning.knowledge import table_of
from sim.simulate import simulate
from sim.truth.table import Point
from sim.until import Until

#: Up to how many devices a step is simulated: a ring has messages by their square, and 256 take seconds.
SIMULATED = 256
#: After how many updates a simulated step begins and ends.
STEPS = (1, 2)


class Verified(NamedTuple):
    """One step, at the middle of what is possible, of machines that are alike.

    Attributes
    ----------
    formula, engine
        By the formula, and by the engine (s).
    """

    formula: float
    engine: float

    @property
    def off(self) -> float:
        """How far the formula is from the engine (ratio)."""
        return abs(self.formula / self.engine - 1.0)


def verified(found: Formula, count: int) -> Verified:
    """Hold a candidate of the formula against the engine.

    Machines do not scatter, and devices inside them cost each other nothing; all else is as in the middle of what is
    possible: rates and caps of cards, hops, what hidden traffic costs.

    Parameters
    ----------
    found
        What the formula has of its family.
    count
        Number of machines, one of those that it was asked for.
    """
    column = found.counts.index(count)
    unknowns = Unknowns(*(np.array([_middle(value, column)]) for value in found.drawn.unknowns))
    card = float(np.median(found.card[:, column]))
    unknowns = unknowns._replace(
        # at a rate that is given, nothing else decides it
        **{name: np.zeros(1) for name in ("scatter", "doubling", "pair", "growth")},
        faster=np.ones(1),
        cap=np.array([card / found.family.nics]),
    )
    point = Point(
        count * found.family.machine.devices, count, 1.0, None, found.family.experiment.workload.micro_batches
    )
    cases = replace(cases_of([(table_of(found.family), [point])]), line=np.array([np.inf]))
    step = simulated_step(cases, unknowns)
    hops = float(cases.hops[0]) * float(unknowns.latency[0])
    return Verified(
        float(step.seconds[0]), step_seconds(_run(found, count, card, hops, float(unknowns.interference[0])))
    )


def step_seconds(experiment: Experiment) -> float:
    """What a step takes, without the first, which begins with a pull of the model (s)."""
    ends = [simulate(replace(experiment, until=Until(updates=each))).summary.virtual_seconds for each in STEPS]
    return (float(ends[1] or 0.0) - float(ends[0] or 0.0)) / (STEPS[1] - STEPS[0])


def _run(found: Formula, count: int, card: float, latencies: float, interference: float) -> Experiment:
    family = found.family
    run, (cards, _) = family.at(count), family.cards
    buckets = len(run.protocol.buckets(run.workload.message_tensors(run.problem), run.gradient_seconds))
    each = latencies / (buckets * 2 * (run.workers - 1)) if run.workers > 1 else 0.0
    return replace(
        run,
        collective=Ring(),
        network=wires(family.machine.devices, cards, card / cards / GBPS),
        transport=replace(
            run.transport,
            efficiency=1.0,
            flow_cap_gbps=None,
            nic_cap_gbps=None,
            overhead_seconds=each,
            interference=interference,
            overlap=True,
        ),
    )


def _middle(value: np.ndarray, column: int) -> float:
    return float(np.median(value[:, min(column, value.shape[1] - 1)]))

"""The formula beside the engine: one step of one candidate, nothing of it drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.calibration.cases import cases_of
from sim.calibration.layout import GBPS
from sim.calibration.numbers import Numbers
from sim.calibration.simulated import wires
from sim.calibration.step import Unknowns, simulated_step
from sim.collectives.auto import Auto
from sim.collectives.ring import Ring
from sim.experiment import Experiment
from sim.planning.formula import Flags, Formula
from sim.planning.knowledge import table_of
from sim.simulate import simulate
from sim.transports.ideal import Ideal as IdealTransport
from sim.truth.table import Point
from sim.until import Until
from topologies.networks.ideal import Ideal

#: Up to how many devices a step is simulated: a ring has messages by their square, and 256 take seconds.
SIMULATED = 256
#: Up to how many devices every collective is tried.
TRIED = 64
#: After how many updates a simulated step begins and ends.
STEPS = (1, 2)


class Verified(NamedTuple):
    """One step, at the middle of what is possible, of machines that are alike.

    Attributes
    ----------
    formula, engine
        By the formula, and by the engine (s).
    chosen
        The collective that ``collective=auto`` chooses there; empty: it has not been asked.
    auto
        What a step takes with that (s).
    """

    formula: float
    engine: float
    chosen: str = ""
    auto: float = 0.0

    @property
    def off(self) -> float:
        """How far the formula is from the engine (ratio)."""
        return abs(self.formula / self.engine - 1.0)


def verified(found: Formula, count: int, *, other: bool = False) -> Verified:
    """Hold a candidate of the formula against the engine.

    Machines do not scatter, and devices inside them cost each other nothing; all else is as in the middle of what is
    possible: rates and caps of cards, hops, what hidden traffic costs.

    Parameters
    ----------
    found
        What the formula has of its family.
    count
        Number of machines, one of those that it was asked for.
    other
        Whether to ask, too, which collective would be the fastest there.
    """
    column = found.counts.index(count)
    unknowns = Unknowns(*(np.array([_middle(value, column, found.one_path)]) for value in found.drawn.unknowns))
    card = _middle(found.card, column, found.one_path)
    unknowns = unknowns._replace(
        # at a rate that is given, nothing else decides it
        **{name: np.zeros(1) for name in ("scatter", "doubling", "pair", "growth")},
        faster=np.ones(1),
        cap=np.array([card / found.family.nics]),
    )
    family = found.family
    point = Point(count * family.machine.devices, count, 1.0, None, family.experiment.workload.micro_batches)
    cases = replace(cases_of([(table_of(family), [point])]), line=np.array([np.inf]))
    with np.errstate(divide="ignore"):  # an infinite rate is one
        step = simulated_step(cases, unknowns)
    run = _run(found, count, card, float(unknowns.interference[0]))
    hop = float(unknowns.latency[0])
    # a ring of the engine has more hops than libraries take: here it has all of their latencies together
    messages = _buckets(run) * 2 * (run.workers - 1)
    alike = _with_overhead(run, float(cases.hops[0]) * hop / messages if messages else 0.0)
    seconds, _ = step_seconds(alike)
    if not other or count == 1 or run.workers > TRIED:
        return Verified(float(step.seconds[0]), seconds)
    auto, chosen = step_seconds(_with_overhead(replace(run, collective=Auto()), hop))
    return Verified(float(step.seconds[0]), seconds, chosen, auto)


def step_seconds(experiment: Experiment) -> tuple[float, str]:
    """What a step takes, without the first, which begins with a pull of the model (s); and by which collective."""
    first, last = (simulate(replace(experiment, until=Until(updates=each))).summary for each in STEPS)
    seconds = (last.virtual_seconds or 0.0) - (first.virtual_seconds or 0.0)
    return seconds / (STEPS[1] - STEPS[0]), last.collective or ""


def _buckets(run: Experiment) -> int:
    return len(run.protocol.buckets(run.workload.message_tensors(run.problem), run.gradient_seconds))


def _with_overhead(run: Experiment, seconds: float) -> Experiment:
    return replace(run, transport=replace(run.transport, overhead_seconds=seconds))


def _run(found: Formula, count: int, card: float, interference: float) -> Experiment:
    """So many machines on wires that carry just so much (B/s)."""
    family = found.family
    run, (cards, _) = family.at(count), family.cards
    transport = replace(
        run.transport,
        efficiency=1.0,
        flow_cap_gbps=None,
        nic_cap_gbps=None,
        interference=interference,
        overlap=True,
    )
    if count == 1 or np.isinf(card):
        # nothing takes time on its way: not inside a machine, either
        return replace(run, collective=Ring(), network=Ideal(), transport=IdealTransport(overlap=True))
    network = wires(family.machine.devices, cards, card / cards / GBPS)
    return replace(run, collective=Ring(), network=network, transport=transport)


def _middle(value: Numbers, column: int, usual: Flags) -> float:
    each = np.broadcast_to(value, (len(usual), value.shape[1]))
    return float(np.median(each[usual, min(column, value.shape[1] - 1)]))

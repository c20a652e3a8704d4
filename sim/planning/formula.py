"""How long steps take on any number of machines, hundreds of possibilities at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calibration.drawn import NOISE, Drawn
from sim.calibration.fit import Calibration
from sim.calibration.layout import GBPS
from sim.calibration.numbers import Counts, Numbers
from sim.calibration.step import Least, Step, Unknowns, less_than_both, rate, simulated_step
from sim.planning.evidence import CALIBRATED
from sim.planning.family import Family
from sim.planning.knowledge import Job, Knowledge
from sim.streams import stream
from sim.transports import Transport as Option
from sim.transports.ideal import Ideal
from sim.truth.table import Point, Table, Transport

#: How likely it is that a card is used by several paths at once, where nobody says: all published tables of TCP have
#: one; NCCL has opened 16 sockets on AWS since 2.4.8 (NVIDIA, "NCCL environment variables", NCCL_NSOCKS_PERTHREAD).
SEVERAL = 0.2
#: How many that then are: any, as logarithms.
MOST_PATHS = 16.0


Flags = NDArray[np.bool_]


class Paths(NamedTuple):
    """How often a card's cap of one path is there, by draw (shape (draws,)), and in which draws there is one."""

    times: Numbers
    one: Flags


@dataclass(frozen=True, eq=False)
class Formula:
    """Steps of a family on some numbers of machines: all that is possible of them.

    Parameters
    ----------
    family
        The family.
    job
        What it trains.
    counts
        Numbers of machines.
    drawn
        What is possible of each (draws x counts).
    one_path
        In which draws a card has one path (shape (draws,)).
    least
        Of line rate and cap the one that counts.
    """

    family: Family
    job: Job
    counts: tuple[int, ...]
    drawn: Drawn
    one_path: Flags
    least: Least

    def step(self) -> Step:
        """What a step is made of (each shape (draws, counts))."""
        return self.drawn.step()

    def seconds(self) -> Numbers:
        """How long steps may be measured to take (s, shape (draws, counts))."""
        devices = self.drawn.cases.devices * self.drawn.cases.accumulation
        return np.asarray(devices * self.drawn.cases.units / self.drawn.throughput(), np.float64)

    def changed(self, part: str, factor: float) -> Formula:
        """The same with a part of the machines changed by a factor.

        Parameters
        ----------
        part
            ``device`` (so many times as fast), ``nic`` (line rate), ``flow_cap`` (what software moves through a card),
            ``bytes`` (so many times as many), ``latency`` (so many times as long), ``stragglers`` (so many times their
            scatter).
        factor
            How many times (ratio).
        """
        cases, unknowns = self.drawn.cases, self.drawn.unknowns
        match part:
            case "device":
                cases = replace(cases, seconds=cases.seconds / factor)
            case "nic":
                cases = replace(cases, line=cases.line * factor)
            case "flow_cap":
                unknowns = unknowns._replace(cap=unknowns.cap * factor)
            case "bytes":
                cases = replace(cases, through_card=cases.through_card * factor)
            case "latency":
                unknowns = unknowns._replace(latency=unknowns.latency * factor)
            case _:
                unknowns = unknowns._replace(scatter=unknowns.scatter * factor)
        return replace(self, drawn=replace(self.drawn, cases=cases, unknowns=unknowns))

    @property
    def card(self) -> Numbers:
        """What a machine's cards carry together (B/s, shape (draws, counts))."""
        with np.errstate(divide="ignore"):  # an infinite rate is one
            found = rate(self.drawn.cases, self.drawn.unknowns, self.least)
        return np.asarray(np.broadcast_to(found, self.drawn.errors.shape), np.float64)


def formula(family: Family, counts: Sequence[int], known: Knowledge, draws: int, paths: int | None = None) -> Formula:
    """What is possible of a family on so many machines.

    Parameters
    ----------
    family
        The family.
    counts
        Numbers of machines, each >= 1.
    known
        What is known.
    draws
        How many possibilities.
    paths
        How many paths of a card are used at once; None: nobody knows.
    """
    job, calibration = known.job(family), known.calibration(family)
    devices, run = family.machine.devices, family.experiment
    points = [Point(count * devices, count, 1.0, None, run.workload.micro_batches) for count in counts]
    drawn = calibration.drawn(job.table, points)
    chosen = np.linspace(0, len(drawn.samples) - 1, draws).round().astype(int)
    unknowns = Unknowns(*(value[chosen] if len(value) > 1 else value for value in drawn.unknowns))
    generator = stream(0, "plan")
    # the same for all families: a device that is slower than was thought is so for all of its kind
    slower = np.exp(job.computing.spread * generator.standard_normal((draws, 1)))
    # what a card carries has been measured with as many as there are
    known_paths = 1 if job.network == CALIBRATED else paths
    times, one = _paths(generator, draws, known_paths, job.table.transport)
    unknowns = _given(run.transport, unknowns._replace(cap=unknowns.cap * times[:, None]))
    known_rate = "cap" in _said(run.transport)
    least = np.minimum if known_rate else less_than_both
    drawn = replace(
        drawn,
        law=partial(simulated_step, least=least),
        samples=drawn.samples[chosen],
        errors=_errors(calibration, job.table, points, chosen),
        unknowns=unknowns,
        cases=replace(drawn.cases, seconds=drawn.cases.seconds * slower),
    )
    return Formula(family, job, tuple(counts), drawn, one, least)


def _errors(calibration: Calibration, table: Table, points: Sequence[Point], chosen: Counts) -> Numbers:
    """How far measurements are from the law: the same draws for all sizes of a table, whose errors are alike."""
    drawn = stream(0, "plan_errors").standard_t(NOISE, len(chosen))
    known = [calibration.errors(table, point) for point in points]
    return np.stack([off[chosen] + drawn * spread for off, spread in known], axis=1)


def _paths(generator: np.random.Generator, draws: int, paths: int | None, kind: Transport) -> Paths:
    several = np.exp(generator.uniform(np.log(2.0), np.log(MOST_PATHS), draws))
    chance = generator.uniform(size=draws)
    if paths is not None or kind is not Transport.tcp:
        return Paths(np.full(draws, float(paths or 1)), np.ones(draws, np.bool_))
    one = chance >= SEVERAL
    return Paths(np.where(one, 1.0, several), one)


def _given(transport: Option, unknowns: Unknowns) -> Unknowns:
    """With what keys say of a transport in place of what is learned."""
    return unknowns._replace(**{name: np.array([[value]]) for name, value in _said(transport).items()})


def _said(transport: Option) -> dict[str, float]:
    """What keys say of a transport, by the names of `Unknowns`."""
    usual = type(transport)()
    caps = [cap for cap in (transport.nic_cap_gbps, transport.flow_cap_gbps) if cap is not None]
    said: dict[str, float] = {}
    ideal = isinstance(transport, Ideal)
    if ideal or transport.efficiency != usual.efficiency:
        said["efficiency"] = transport.efficiency
    if ideal or (transport.nic_cap_gbps, transport.flow_cap_gbps) != (usual.nic_cap_gbps, usual.flow_cap_gbps):
        said |= {"cap": min(caps) * GBPS if caps else np.inf, "faster": 1.0, "growth": 0.0, "pair": 0.0}
    if ideal or transport.overhead_seconds != usual.overhead_seconds:
        said["latency"] = transport.overhead_seconds
    if ideal or transport.interference != usual.interference:
        said["interference"] = transport.interference
    return said

"""Failures by simulation: what is left of the speed, beside the closed form."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sim.connections.group.gang import goes_back
from sim.devices.cpu_core import CPUCore
from sim.experiment import Experiment
from sim.incidents.kinds.crashes import Scope
from sim.incidents.kinds.lifetime import HOUR
from sim.planning.endured import Endured, waits_with
from sim.planning.family import Family
from sim.problems.none import NoProblem
from sim.simulate import simulate
from sim.stragglers.none import NoStragglers
from sim.transports.ideal import Ideal as IdealTransport
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal

#: The fewest failures, on average, that say something, and the most that are waited for; gradients that are simulated.
FEWEST, MOST, GRADIENTS = 20, 400, 60_000
#: How many workers stand for all of a job that goes back as one: for that it only matters how often any of them fails.
RANKS = 4
#: What a step may be at the most, of a repair, and of the time from one checkpoint to the next (ratios): who is back
#: waits for the next step, and the one under way is lost.
OF_REPAIR, OF_INTERVAL = 0.1, 0.3


class Survived(NamedTuple):
    """A simulation of a candidate's failures.

    Attributes
    ----------
    share
        Of the speed without failures (ratio).
    failures
        How many of them there are in as long a time, on average.
    """

    share: float
    failures: float


def survived(family: Family, count: int, step: float, found: Endured) -> Survived | None:
    """Simulate failures, with steps so long that there are enough of these; None: nothing fails, or they were too long.

    Nothing is sent: what failures cost is time that passes whatever the network does. Steps are shorter than repairs
    and than what is between two checkpoints.

    Parameters
    ----------
    family, count
        A family, and the number of its machines.
    step
        What a step takes (s).
    found
        What the closed form has.
    """
    if found.between is None:
        return None
    run = family.failing(count)
    together = goes_back(run) and run.faults.elastic.rate_per_hour == 0.0 and run.faults.crash.spares == 0
    if together:
        run = _of_few(run, found.between)
    faults = run.faults
    coarsest = OF_REPAIR * (faults.crash.repair_seconds if faults.crash.active else faults.elastic.seconds)
    if found.every is not None:
        coarsest = OF_INTERVAL * found.every if together else min(coarsest, OF_INTERVAL * found.every)
    long = max(step, coarsest)
    failures = min(float(MOST), GRADIENTS * long / (run.workers * found.between))
    if failures < FEWEST:
        return None
    seconds = failures * found.between
    long = max(step, seconds * run.workers / GRADIENTS)
    summary = simulate(_coarse(run, long, seconds, found)).summary
    lockstep = goes_back(run) or waits_with(run) is not None
    done = (summary.updates if lockstep else (summary.samples or 0) / (run.workers * run.batch)) or 0
    return Survived(done * long / seconds, failures)


def _of_few(run: Experiment, between: float) -> Experiment:
    """Fewer workers that fail as often together, by themselves."""
    ranks = min(run.workers, RANKS)
    crash = replace(run.faults.crash, rate_per_hour=HOUR / between / ranks, scope=Scope.worker)
    return replace(run, workers=ranks, faults=replace(run.faults, crash=crash))


def _coarse(run: Experiment, long: float, seconds: float, found: Endured) -> Experiment:
    saved = run.checkpoint
    checkpoint = replace(
        saved,
        write_seconds=saved.seconds(saved.write_seconds, run.held_bytes),
        restore_seconds=saved.seconds(saved.restore_seconds, run.held_bytes),
        every_seconds=None if found.every is None else max(found.every - 0.5 * long, 0.5 * long),
        every_updates=None,
    )
    return replace(
        run,
        problem=NoProblem(),
        workload=Synthetic(seconds=long, bytes=0.0),
        device=CPUCore(),
        network=Ideal(),
        transport=IdealTransport(),
        straggler=NoStragglers(),
        checkpoint=checkpoint,
        until=Until(seconds=seconds),
    )

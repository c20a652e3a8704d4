"""Whether the machine could keep up with the job, and up to which size it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.lab.compare.side import Side
from sim.lab.compare.survey import Survey
from sim.lab.job.frame import HEAD_BYTES
from sim.lab.job.measured import Measured
from topologies.field_error import FieldError

#: From this share of the cores on, processes wait for them.
FULL = 0.8
#: Share of the gradients that may take longer than the device model says.
OVERRUN = 0.05
#: Share of a gradient by which sleeps may be late.
LATE = 0.02
#: Share of the cores that others may take.
OTHERS = 0.2
#: Share of the cores from which on it can be told what more would take.
LEAST_LOAD = 0.005
#: Share of what TCP leaves of a link that a flow has to get; with less than `LOST` the lab refuses.
SLOW, LOST = 0.95, 0.5


@dataclass(frozen=True)
class Load:
    """What a job took of the machine.

    Parameters
    ----------
    workers
        How many workers it had.
    gradient_seconds
        How long the device model says that a gradient takes on average (s).
    busy
        Share of the cores that everything took while it ran, the largest of all seeds (0 to 1).
    processes
        Share of the cores that its processes would take at the predicted pace (0 to 1): one that lacks cores is slower,
        and takes less of them.
    taken
        Share of the cores that all of it takes (0 to 1): that, or more where the kernel's part beside it is more.
    overrun
        Share of the gradients that took longer than the device model says (0 to 1).
    late
        How much too long a sleep lasted, the median (s); None: nobody slept.
    per_message
        What a message took of a core beside the gradients (s); None: nobody counted messages.
    """

    workers: int
    gradient_seconds: float
    busy: float
    processes: float
    taken: float
    overrun: float
    late: float | None
    per_message: float | None


def load_of(jobs: Sequence[Measured], survey: Survey, gradient_seconds: float, predicted_seconds: float) -> Load:
    """What jobs of the same experiment took.

    Parameters
    ----------
    jobs
        One of each seed.
    survey
        What was measured of the machine before.
    gradient_seconds
        How long the device model says that a gradient takes (s).
    predicted_seconds
        How long all of them should have taken (s).
    """
    gradients = sum(job.gradients for job in jobs)
    late = np.concatenate([job.oversleeping for job in jobs])
    taken = sum(sum(job.cpu_shares) * job.seconds for job in jobs)
    messages = sum(job.bytes_beside for job in jobs) / HEAD_BYTES
    busy, processes = max(job.machine_share for job in jobs), taken / (survey.cores * predicted_seconds)
    return Load(
        workers=len(jobs[0].workers),
        gradient_seconds=gradient_seconds,
        busy=busy,
        processes=processes,
        taken=max(processes, busy - survey.others),
        overrun=sum(job.overrun for job in jobs) / max(1, gradients),
        late=float(np.median(late)) if len(late) else None,
        per_message=max(0.0, taken - gradients * survey.gradient) / messages if messages else None,
    )


def refuse(survey: Survey, workers: int, gradient_seconds: float) -> None:
    """Refuse what this machine cannot carry, before the job.

    Parameters
    ----------
    survey
        What was measured of it.
    workers
        How many compute.
    gradient_seconds
        How long the device model says that a gradient takes (s).

    Raises
    ------
    FieldError
        Which names the full key.
    """
    share = workers * survey.gradient / (survey.cores * gradient_seconds)
    if survey.gradient > gradient_seconds or share > FULL:
        least = max(survey.gradient, workers * survey.gradient / (FULL * survey.cores))
        raise FieldError(
            "workload",
            f"a gradient takes {survey.gradient:.3g} s of a core here and {gradient_seconds:.3g} s in the config, so "
            f"{workers} workers would keep {share:.0%} of {survey.cores} cores busy; give a smaller problem or batch, "
            f"fewer workers, or workload=synthetic workload.seconds={least:.2g} or more",
            full=True,
        )
    for flow in survey.flows:
        if flow.efficiency < LOST * flow.measured.framing:
            got = flow.measured.bits_per_second / 1e9
            raise FieldError(
                "network",
                f"one flow gets {got:.3g} Gb/s of a link of {flow.bandwidth / 1e9:g} Gb/s from host {flow.source} to "
                f"{flow.target}: this machine carries no more; give slower links, such as "
                f"network.bandwidth_gbps={got / 4.0:.1g}",
                full=True,
            )


def doubts(load: Load, survey: Survey, predicted: Mapping[int, Side]) -> list[str]:
    """What speaks against believing the comparison, in lines to say; none where nothing does.

    Parameters
    ----------
    load
        What the job took.
    survey
        What was measured before.
    predicted
        The prediction of each seed.
    """
    return [*_of_the_machine(load, survey), *_of_the_wires(survey), *_of_the_prediction(predicted)]


def _of_the_machine(load: Load, survey: Survey) -> Iterator[str]:
    if load.busy > FULL:
        yield (
            f"{load.busy:.0%} of the {survey.cores} cores were busy during the job, above {FULL:.0%}: processes may "
            "have waited for a core; take fewer workers or longer gradients"
        )
    if survey.others > OTHERS:
        yield f"others kept {survey.others:.0%} of the cores busy before the job; run it when the machine is quiet"
    if load.overrun > OVERRUN:
        yield (
            f"{load.overrun:.1%} of the gradients took longer than the device model says, above {OVERRUN:.0%}; take a "
            "smaller problem, or longer gradients"
        )
    late = survey.oversleeping if load.late is None else load.late
    if late > LATE * load.gradient_seconds:
        yield (
            f"sleeps lasted {late * 1e3:.2g} ms too long (median), {late / load.gradient_seconds:.1%} of a gradient, "
            f"above {LATE:.0%}"
        )


def _of_the_wires(survey: Survey) -> Iterator[str]:
    for flow in survey.flows:
        if flow.efficiency < SLOW * flow.measured.framing:
            yield (
                f"one flow from host {flow.source} to {flow.target} got {flow.efficiency:.1%} of its link, and TCP "
                f"leaves {flow.measured.framing:.1%}: this machine does not carry it"
            )
    if survey.kinds > len(survey.flows):
        yield f"{survey.kinds - len(survey.flows)} of {survey.kinds} kinds of routes were not measured"


def _of_the_prediction(predicted: Mapping[int, Side]) -> Iterator[str]:
    diverged = sum(side.diverged for side in predicted.values())
    if diverged:
        yield f"{diverged} of {len(predicted)} predictions diverged and ended early; a job goes on"


def most_workers(load: Load) -> int | None:
    """How many such workers would fill the cores up to `FULL` (an estimate); None where they took too little to tell.

    What a job takes is taken to grow with its workers; so does what shards take that serve them.

    Parameters
    ----------
    load
        What the job took.
    """
    return int(load.workers * FULL / load.taken) if load.taken >= LEAST_LOAD else None

"""How much longer a step takes in which all wait for the slowest: replayed, and by a fitted law."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.protocols import Protocol
from sim.simulate import simulate
from sim.stragglers import StragglerLaw
from sim.stragglers.shares import barrier_factor
from sim.stragglers.trace import Scale, Trace
from sim.streams import stream
from sim.truth.stragglers import Job, read_stragglers
from sim.until import Until
from sim.validation.check import HIGH, LOW, Asked, Check, Found
from sim.validation.row import Row
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.options import options_in

#: Steps that the fitted law is judged by, and seeds over which it is averaged.
STEPS, SEEDS = 10_000, 3
#: Traces of as many steps that are drawn to say how much a trace scatters.
DRAWN = 200
#: Figures of a digest whose times are not in it.
NOT_OURS = "the step times have no licence to be given away: get the trace, and give it with --on"


class Replay(NamedTuple):
    """What a simulation says of step times.

    Attributes
    ----------
    factor
        Barrier factor (ratio).
    seconds
        Mean of a step (s).
    """

    factor: float
    seconds: float


def judge(jobs: Sequence[Job]) -> Iterator[Row]:
    """Predict the barrier factor of each.

    Parameters
    ----------
    jobs
        What is predicted.
    """
    for job in jobs:
        law = float(np.mean([factor_of(job.law, job.ranks, STEPS, seed) for seed in range(SEEDS)]))
        replay = replayed(job.times) if job.times is not None else None
        predicted = law if replay is None else replay.factor
        low, high = np.quantile(_scatter(job), (LOW, HIGH)).tolist()
        yield Row(
            id=job.name,
            kind="replayed" if replay is not None else "fitted",
            measured=job.measured,
            predicted=predicted,
            low=min(low, predicted),
            high=max(high, predicted),
            baselines={"law": law, "independent": job.independent},
            facts={
                "replayed": None if replay is None else replay.factor,
                "not_replayed": NOT_OURS if replay is None else None,
                "steps": job.steps,
                "ranks": job.ranks,
                "mixed": asdict(job.law),
                **(_seconds(job, job.times, replay) if job.times is not None and replay is not None else {}),
            },
        )


def replayed(times: NDArray[np.float64]) -> Replay:
    """A simulation of workers that wait for each other after every step, on a network that takes no time.

    Parameters
    ----------
    times
        float64 ``[steps, ranks]`` (s), each > 0.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.csv"
        rows = (f"{k},{rank},{seconds!r}\n" for k, row in enumerate(times.tolist()) for rank, seconds in enumerate(row))
        file.write_text("step,rank,seconds\n" + "".join(rows))
        steps, ranks = times.shape
        summary = simulate(
            Experiment(
                workers=ranks,
                problem=NoProblem(),
                protocol=_lockstep(),
                workload=Synthetic(),
                straggler=Trace(file=str(file), seconds=Scale.absolute),
                network=Ideal(),
                until=Until(updates=steps),
            )
        ).summary
    assert summary.compute_fraction is not None, "workers compute"
    assert summary.virtual_seconds is not None, "one seed has one clock"
    # Workers compute or wait: what they compute of a step is the mean over the slowest.
    return Replay(1.0 / summary.compute_fraction, summary.virtual_seconds / steps)


def _lockstep() -> Protocol:
    """A protocol whose workers wait for each other after every step: where messages take no time all are alike."""
    options: list[tuple[str, type[Protocol]]] = list(options_in("sim.protocols", Protocol))
    return next(option() for _, option in options if option.lockstep)


def factor_of(law: StragglerLaw, workers: int, steps: int, seed: int) -> float:
    """Barrier factor of the compute times that a run has by a law (ratio).

    Parameters
    ----------
    law
        How they scatter.
    workers
        How many wait for each other.
    steps
        How many it has, >= 1.
    seed
        The seed of every stream of randomness.
    """
    drawn = [np.fromiter(islice(own, steps), float, steps) for own in law.of_workers(workers, seed)]
    return barrier_factor(np.array(drawn).T)


def _scatter(job: Job) -> list[float]:
    """Barrier factors of traces that are as long as this one.

    They are drawn from its own successive steps, or by its law where these are not known (Politis and Romano 1992).
    """
    if job.times is None:
        return [factor_of(job.law, job.ranks, job.steps, seed) for seed in range(20)]
    generator = stream(0, "steps of a trace")
    length = int(np.ceil(np.sqrt(job.steps)))
    blocks = -(-job.steps // length)
    found = []
    for _ in range(DRAWN):
        begins = generator.integers(job.steps, size=blocks)
        steps = (begins[:, None] + np.arange(length)).ravel()[: job.steps]
        found.append(barrier_factor(job.times.take(steps, axis=0, mode="wrap")))
    return found


def _seconds(job: Job, times: NDArray[np.float64], replay: Replay) -> Mapping[str, object]:
    """How long a step takes, with its slowest rank and without."""
    slowest = int(times.mean(axis=0).argmax())
    others = np.delete(times, slowest, axis=1)  # of which one alone waits for nobody
    without = replayed(others).seconds if job.ranks > 2 else float(others.mean())
    published = job.published
    return {
        "slowest_rank": slowest,
        "seconds": replay.seconds,
        "seconds_without_slowest": without,
        "published_seconds": None if published is None else published.step,
        "published_seconds_without_slowest": None if published is None else published.without_slowest,
    }


def _judge(asked: Asked) -> Found:
    asked.without(
        given="a trace has all its ranks, and is not known up to a size",
        calibrate_on="a law is fitted to the trace that it is judged by",
    )
    rows = list(judge(read_stragglers(asked.on)))
    return Found(rows, remarks=[*_remarks(rows)])


def _remarks(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        facts = row.facts
        if facts.get("published_seconds") is not None:
            yield (
                f"{row.id}: a step of the slowest {facts['seconds']:.3g} s, without rank {facts['slowest_rank']} "
                f"{facts['seconds_without_slowest']:.3g} s; published of whole steps, which are those of a pipeline of "
                f"stages that fills and drains: {facts['published_seconds']:.2f} and "
                f"{facts['published_seconds_without_slowest']:.2f} s."
            )
        if facts["not_replayed"] is not None:
            yield f"{row.id}: predicted by the law alone; {facts['not_replayed']}."


CHECK = Check("stragglers", "barrier factors of published step times, replayed and by a fitted law", "", _judge)

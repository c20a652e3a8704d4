"""How much longer a step takes in which all wait for the slowest: replayed, and by a fitted law."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from sim.experiment import Experiment
from sim.protocols.hardsync import HardSync
from sim.simulate import simulate
from sim.stragglers.fitted import fitted
from sim.stragglers.mixed import Mixed
from sim.stragglers.shares import barrier_factor
from sim.stragglers.trace import Trace
from sim.streams import stream
from sim.truth.traces import FittedTrace, Traced, read_traces
from sim.until import Until
from sim.validation.check import HIGH, LOW, Asked, Check, Found
from sim.validation.row import Row
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal

Times = NDArray[np.float64]

#: Steps that a law is judged at, and from how many seeds the mean is taken: slow moments that last make one seed's
#: factor uncertain by some per cent.
STEPS, SEEDS = 10_000, 8
#: How often steps are drawn with replacement for an interval.
RESAMPLED = 400


def replayed(times: Times) -> float:
    """The barrier factor of a simulation that replays step times: what a step takes over what a worker computes.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (s).
    """
    steps, workers = times.shape
    with TemporaryDirectory() as folder:
        file = Path(folder) / "times.csv"
        lines = (f"{step},{rank},{float(times[step, rank])!r}\n" for step in range(steps) for rank in range(workers))
        file.write_text("step,rank,seconds\n" + "".join(lines))
        result = simulate(
            Experiment(
                workers=workers,
                protocol=HardSync(),
                network=Ideal(),
                workload=Synthetic(seconds=1.0, bytes=0.0),
                straggler=Trace(file=str(file)),
                until=Until(updates=steps),
            )
        )
    assert result.summary.virtual_seconds is not None, "a run that has ended has taken time"
    return float(result.summary.virtual_seconds / steps)


def by_law(law: Mixed) -> float:
    """The barrier factor of a law at `STEPS` steps, the mean over `SEEDS` seeds (ratio).

    Parameters
    ----------
    law
        With the means of its workers.
    """
    workers = len(law.means)

    def drawn(seed: int) -> Times:
        return np.array([list(islice(each, STEPS)) for each in law.of_workers(workers, seed)]).T

    return statistics.fmean(barrier_factor(drawn(seed)) for seed in range(SEEDS))


def independent(times: Times) -> float:
    """The barrier factor if every time were drawn independently from all of them (ratio).

    The largest of R draws of n sorted values is the i-th with probability ``(i/n)^R - ((i-1)/n)^R``.

    Parameters
    ----------
    times
        float64 ``[steps, workers]`` (s).
    """
    below = np.linspace(0.0, 1.0, times.size + 1) ** times.shape[1]
    return float((np.sort(times, axis=None) * np.diff(below)).sum() / times.mean())


def _judge(asked: Asked) -> Found:
    why = "every trace is replayed by itself, and fitted by itself"
    asked.without(calibrate_on=why, given=why)
    traces = read_traces(asked.on)
    rows = [_row(trace) for trace in traces]
    return Found(rows, remarks=tuple(_remarks(traces)))


def _row(trace: Traced) -> Row:
    if isinstance(trace.times, FittedTrace):
        measured, alone = trace.times.barrier_factor, trace.times.independent
        law = again = by_law(trace.times.law)
        ends = law * (1.0 - _LASTING), law * (1.0 + _LASTING)
    else:
        measured, alone = barrier_factor(trace.times), independent(trace.times)
        again, law, ends = replayed(trace.times), by_law(fitted(trace.times)), _ends(trace.times)
    carried = not isinstance(trace.times, FittedTrace)
    return Row(
        id=trace.name,
        kind="replayed" if carried else "fitted",
        measured=measured,
        predicted=again,
        low=ends[0],
        high=ends[1],
        baselines={"law": law, "independent": alone},
        facts={"replayed": again if carried else None, **_slowest(trace)},
    )


#: Half an interval of 80 % about a law's factor where the times themselves are not there (ratio): what seeds differ by.
_LASTING = 0.06


def _ends(times: Times) -> tuple[float, float]:
    """Ends of an interval of 80 %: blocks of successive steps, drawn with replacement."""
    steps = len(times)
    block = max(1, round(steps**0.5))
    generator = stream(0, "validate stragglers")
    begins = generator.integers(0, steps, (RESAMPLED, -(-steps // block)))
    drawn = (begins[..., None] + np.arange(block)) % steps
    slowest, mean = times.max(axis=1), times.mean(axis=1)
    factors = slowest[drawn].mean(axis=(1, 2)) / mean[drawn].mean(axis=(1, 2))
    low, high = np.quantile(factors, (LOW, HIGH)).tolist()
    return low, high


def _slowest(trace: Traced) -> dict[str, float | None]:
    """Mean seconds of the slowest of a step, with and without the worker that is slowest on average."""
    if isinstance(trace.times, FittedTrace):
        return {"slowest_seconds": None, "slowest_seconds_without": None}
    without = np.delete(trace.times, trace.times.mean(axis=0).argmax(), axis=1)
    return {
        "slowest_seconds": float(trace.times.max(axis=1).mean()),
        "slowest_seconds_without": float(without.max(axis=1).mean()),
    }


def _remarks(traces: Sequence[Traced]) -> Iterator[str]:
    for trace in traces:
        seconds = _slowest(trace)
        if isinstance(trace.times, FittedTrace):
            yield f"{trace.name}: not carried, for want of a licence: what was fitted to it is judged, by the law"
        elif trace.published:
            step, without = trace.published["step"], trace.published["without"]
            yield (
                f"{trace.name}: the slowest takes {seconds['slowest_seconds']:.3g} s, without the slowest worker "
                f"{seconds['slowest_seconds_without']:.3g}; published for whole steps, which go through all stages of "
                f"a pipeline: {step:g} and {without:g} s"
            )


CHECK = Check("stragglers", "barrier factors of real jobs, replayed and by a fitted law", "", _judge)

"""What share of its time a worker computes that averages with the others after many steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from sim.calibration.rounds import UNKNOWN, USUAL, Assumed, synchronisation
from sim.truth.low_communication import Rounds, read_low_communication
from sim.validation.check import Asked, Check, Found, Part
from sim.validation.row import Row


def judge(runs: Sequence[Rounds]) -> Iterator[Row]:
    """Predict the compute utilisation of each.

    Parameters
    ----------
    runs
        What is predicted.
    """
    for run in runs:
        middle = utilisation(run, USUAL)
        ends = [
            sorted(utilisation(run, USUAL._replace(**{name: end})) - middle for end in (some.low, some.high))
            for name, some in UNKNOWN.items()
        ]
        yield Row(
            id=run.run,
            kind=run.algorithm,
            measured=run.utilisation,
            predicted=middle,
            # causes are independent: their deviations are added by their squares, on either side by itself
            low=max(0.0, middle - math.hypot(*(min(0.0, low) for low, _ in ends))),
            high=min(1.0, middle + math.hypot(*(max(0.0, high) for _, high in ends))),
            baselines={"analytic": analytic(run)},
            facts={
                "algorithm": run.algorithm,
                "H": run.period,
                "bits_per_second": run.rate,
                "synchronisations": run.synchronisations,
                "opens_connections": run.opens,
            },
        )


def utilisation(run: Rounds, assumed: Assumed) -> float:
    """What share of the measured steps the worker computes that has been timed (0 to 1).

    At the end of a round it waits for the slowest, which has fallen behind at every step of it, and for a ring; a
    simulation with `straggler=slow_node` says the same. Where the warm-up ends before the first round does, connections
    are opened in the steps that are measured.

    Parameters
    ----------
    run
        What is known of the run.
    assumed
        What else is.
    """
    if run.workers == 1:
        return 1.0
    ring = synchronisation(run.workers, 4.0 * run.model.parameters, run.model.tensors, run.rate, assumed)
    waits = run.synchronisations * (assumed.slowest * run.step * run.period + ring)
    return run.seconds / (run.seconds + waits + (assumed.opening if run.opens else 0.0))


def analytic(run: Rounds) -> float:
    """What the literature on low communication says: a model's bytes once at the rate, after H steps.

    Parameters
    ----------
    run
        What is known of the run.
    """
    computing = run.period * run.step
    return computing / (computing + 4.0 * run.model.parameters * 8.0 / run.rate)


def _judge(asked: Asked) -> Found:
    asked.without(
        given="every run is predicted by itself, and no size is known from another",
        calibrate_on="nothing is learned from other runs",
    )
    read = read_low_communication(asked.on)
    rows = list(judge(read.runs))
    if not rows:
        where = asked.on or "the digest"
        raise ValueError(f"--on: {where} has no run of rounds with measured_bps; see docs/validation.md")
    agree = sum((row.measured > 0.5) == (row.predicted > 0.5) for row in rows)
    return Found(
        rows,
        parts=[
            Part(f"period_{period}", f"averaged after {period} step{'s' * (period > 1)}", partial(_of, period))
            for period in sorted({run.period for run in read.runs})
        ],
        left_out=read.others,
        summary={"above_half": {"agree": agree, "rows": len(rows)}},
        remarks=[f"Above one half or not, as measured: {agree} of {len(rows)}."],
    )


def _of(period: int, row: Row) -> bool:
    return row.facts["H"] == period


CHECK = Check("low_communication", "compute utilisation of published DiLoCo and local SGD, nothing fitted", "", _judge)

"""What share of its time a worker computes that averages with the others after many steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sim.collectives.ring import Ring
from sim.evidence.range import Range
from sim.prediction.star import route_of
from sim.transports.tcp import TCP
from sim.transports.timeouts import waiting
from sim.truth.low_communication import Rounds, read_low_communication
from sim.validation.check import Asked, Check, Found, Part
from sim.validation.row import Row
from topologies.networks.single_switch import SingleSwitch

#: The token bucket that the links were shaped by: how long its queue is (s), and its burst (B).
QUEUE_SECONDS, BURST = 0.05, 32768.0
#: Payload of a jumbo frame on AWS (B): 9001 less 20 of IPv4, 20 of TCP and 12 of time stamps.
SEGMENT = 8949.0
#: Flows of a ring between two machines: NCCL opens two channels of two threads with eight sockets each on AWS.
FLOWS = 32


class Assumed(NamedTuple):
    """What a planner does not know.

    Attributes
    ----------
    slowest
        By which share the slowest of a handful of equal GPUs is behind the one that was timed (>= 0).
    opening
        What the first synchronisation of a run costs beside its ring (s, >= 0).
    exposed
        What share of the time that a flow waits for its timer nobody else uses (0 to 1).
    carried
        What of the rate the ring is given (ratio).
    latency
        What a message costs before its first byte, as a multiple of that of ``transport=tcp`` (ratio).
    """

    slowest: float
    opening: float
    exposed: float
    carried: float
    latency: float


#: 80 % of each, as they would be said of any such cluster; no figure has been fitted to runs that are predicted. Clocks
#: of the GPUs are locked, so that what sets equal GPUs of a cluster apart (8 %: Sinha et al., "Not all GPUs are created
#: equal", 2022), how far each may clock itself up, does not. NCCL opens its connections when they are first used, some
#: tenths of a second to seconds (pytorch/pytorch#135267, NVIDIA/nccl#534), and then, too, all wait for whoever began
#: last. All flows are one ring, but while one of them waits a machine has chunks of others to send: that nothing is
#: hidden is as likely as that all is. The rate was measured with one flow from one machine to one other; messages of
#: NCCL cost more, or less, than is assumed of TCP.
UNKNOWN = {
    "slowest": Range(0.005, 0.02, 0.06),
    "opening": Range(0.2, 0.5, 1.2),
    "exposed": Range(0.1, 0.5, 0.9),
    "carried": Range(0.97, 1.0, 1.03),
    "latency": Range(0.4, 1.0, 2.5),
}
USUAL = Assumed(**{name: some.middle for name, some in UNKNOWN.items()})


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
    waits = run.synchronisations * (assumed.slowest * run.step * run.period + synchronisation(run, assumed))
    return run.seconds / (run.seconds + waits + (assumed.opening if run.opens else 0.0))


def synchronisation(run: Rounds, assumed: Assumed) -> float:
    """How long a ring takes, tensor after tensor (s).

    Parameters
    ----------
    run
        What is known of the run.
    assumed
        What else is.
    """
    usual = TCP()
    transport = TCP(
        # The rate was measured as payload, so that headers are in it; of the rest timers have their share.
        efficiency=1.0 / (1.0 + assumed.exposed * timers(run.rate)),
        overhead_seconds=assumed.latency * usual.overhead_seconds,
    )
    switch = SingleSwitch(bandwidth_gbps=assumed.carried * run.rate / 1e9).graph(run.workers)
    route = route_of(switch, range(run.workers), transport)
    assert route is not None, "all hang on one switch alike"
    parameters, tensors = run.model
    return tensors * Ring().seconds("all_reduce", run.workers, 4.0 * parameters / tensors, route)


def timers(rate: float) -> float:
    """How long a flow of a ring waits for its timer, for each second that it sends (ratio).

    The link has a queue of `QUEUE_SECONDS`, and acknowledgements stand in the neighbour's, which is as long.

    Parameters
    ----------
    rate
        Of the link (bit/s), > 0.
    """
    queue = rate / 8.0 * QUEUE_SECONDS + BURST
    return waiting(FLOWS, 2.0 * queue, SEGMENT, 2.0 * QUEUE_SECONDS)


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

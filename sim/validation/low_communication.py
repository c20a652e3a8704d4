"""How much of its time a worker computes that averages now and then over a slow link; nothing is fitted."""

from __future__ import annotations

import math

from sim.collectives.ring import Ring
from sim.evidence.range import TENTH
from sim.experiment import Experiment
from sim.predict_step import predict_step
from sim.protocols.allreduce import AllReduce
from sim.transports.tcp import TCP
from sim.truth.low_communication import Cell, read_cells
from sim.validation.check import Asked, Check, Found
from sim.validation.row import Row
from sim.workloads.synthetic import Synthetic
from topologies.networks.single_switch import SingleSwitch

#: In a ring everybody receives while it sends, and acknowledges every second segment (RFC 1122, section 4.2.3.2): a
#: frame of 90 bytes of the wire (70 with its headers and time stamps, 20 of preamble and gap) for two of 1538.
ACKNOWLEDGED = 1.0 + 90.0 / (2 * 1538)
#: How much slower than the others a worker is, as the source reports of its machines (ratio): all wait for it.
SLOWER = 0.12
#: Of what is predicted: how far the seconds of an averaging may be off (standard deviation of the logarithm), and the
#: slow worker's share (standard deviation, ratio).
OFF, SLOWER_OFF = 0.12, 0.06


def utilisation(cell: Cell, slower: float = SLOWER, longer: float = 1.0) -> float:
    """Computing over wall time of a worker that waits for a slower one (ratio).

    Of n steps of T seconds and averagings after h steps each, ``n T / (n T + sum of (slower h T + C))``, C being the
    seconds of an all-reduce along a ring.

    Parameters
    ----------
    cell
        The run.
    slower
        By which share the slowest worker takes longer for a step (ratio).
    longer
        Factor of the seconds of an averaging (ratio).
    """
    computing = (cell.steps - cell.warmup) * cell.seconds
    waiting = slower * cell.seconds * sum(cell.rounds)
    return computing / (computing + waiting + len(cell.rounds) * longer * averaging(cell))


def averaging(cell: Cell) -> float:
    """Seconds of one averaging of the model along a ring (s).

    Parameters
    ----------
    cell
        The run.
    """
    return predict_step(
        Experiment(
            workers=cell.workers,
            workload=Synthetic(seconds=0.0, bytes=cell.nbytes),
            protocol=AllReduce(bucket_bytes=None),
            collective=Ring(),
            network=SingleSwitch(bandwidth_gbps=cell.rate / 1e9),
            transport=TCP(efficiency=TCP().efficiency / ACKNOWLEDGED),
        )
    ).seconds


def _judge(asked: Asked) -> Found:
    why = "nothing is learned here: bytes, rates and steps are all there is"
    asked.without(calibrate_on=why, given=why)
    cells, others = read_cells(asked.on)
    if not cells:
        raise ValueError(f"--on: {asked.on} has no run of local SGD or DiLoCo with a measured rate; give another")
    rows = [_row(cell) for cell in cells]
    wrong = [row.id for row in rows if (row.predicted > 0.5) != (row.measured > 0.5)]
    said = (
        f"beyond 0.5 where measured beyond 0.5, and nowhere else: {'yes' if not wrong else 'not ' + ', '.join(wrong)}"
    )
    return Found(rows, left_out=others, summary={"wrong_side_of_half": wrong}, remarks=(said,))


def _row(cell: Cell) -> Row:
    middle = utilisation(cell)
    slow, longer = utilisation(cell, SLOWER + TENTH * SLOWER_OFF), utilisation(cell, longer=math.exp(TENTH * OFF))
    half = math.hypot(math.log(middle / slow), math.log(middle / longer))
    return Row(
        id=cell.run,
        kind=cell.algorithm,
        measured=cell.utilisation,
        predicted=middle,
        low=middle * math.exp(-half),
        high=min(1.0, middle * math.exp(half)),
        baselines={"analytic": cell.analytic},
        facts={"algorithm": cell.algorithm, "H": cell.period, "bits_per_second": cell.rate},
    )


CHECK = Check("low_communication", "compute utilisation of local SGD and DiLoCo over slow links", "", _judge)

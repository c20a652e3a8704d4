"""How well it is known how long a device computes."""

from __future__ import annotations

from typing import NamedTuple

from sim.catalogue.row import Row
from sim.experiment import Experiment
from sim.planning.evidence import CLASS_PRIOR, GIVEN, MEASURED
from sim.workloads.tabulated import Tabulated

#: Standard deviation of the logarithm of a rate. What one framework has been measured to reach on a device, of another:
#: between the four of DLPerf's report on a V100 there are 8 % (sim/truth/scaling.json). Batches of another size than
#: was measured; a share of the peak that other models have reached, which on one device in one precision are 40 %
#: apart (pooled over sim/catalogue/throughputs.csv); a share that nobody has measured.
MEASURED_ELSEWHERE, OTHER_BATCH, OTHER_MODEL, ASSUMED = 0.08, 0.15, 0.4, 0.5
#: What is measured by the planner's own people, or said by them.
OWN = 0.02
#: Batches are alike within this factor.
ALIKE = 1.5


class Computing(NamedTuple):
    """What a device is taken to compute.

    Attributes
    ----------
    seconds
        Of a micro-batch (s).
    spread
        Standard deviation of its logarithm (no unit).
    evidence
        The grade.
    said
        Where it comes from, in words.
    rows
        The figures.
    """

    seconds: float
    spread: float
    evidence: str
    said: str
    rows: tuple[Row, ...] = ()


def computing_of(experiment: Experiment) -> Computing:
    """How long a device of an experiment computes a micro-batch, and how well that is known.

    Parameters
    ----------
    experiment
        The experiment.
    """
    workload, device = experiment.workload, experiment.device
    seconds = experiment.gradient_seconds / workload.micro_batches
    if experiment.straggler.mean_seconds() is not None or not isinstance(workload, Tabulated):
        return Computing(seconds, OWN, GIVEN, "as the keys of the workload say")
    if workload.table.seconds is not None:
        return Computing(seconds, OWN, MEASURED, "the seconds of the workload's file")
    if device.peak_flops is not None and device.efficiency is not None:
        return Computing(seconds, OWN, GIVEN, "device.peak_flops and device.efficiency")
    row = device.measured(workload.measured_as, workload.precision)
    if row is not None:
        far = not 1.0 / ALIKE <= experiment.batch / row.batch <= ALIKE
        said = f"{row.written} in mini-batches of {row.batch} ({row.cited})"
        return Computing(seconds, OTHER_BATCH if far else MEASURED_ELSEWHERE, CLASS_PRIOR, said, (row,))
    rate = device.rate(workload.precision)
    assumed = len(rate.rows) + (device.efficiency is not None) < 2
    return Computing(seconds, ASSUMED if assumed else OTHER_MODEL, CLASS_PRIOR, rate.said, rate.rows)

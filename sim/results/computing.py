"""What is known of how long a gradient takes, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.catalogue.row import Row
from sim.catalogue.sheet import seconds_per_sample
from sim.cluster.blueprint import Blueprint
from sim.experiment import Experiment
from sim.results.units import duration
from sim.workloads.native import Native
from sim.workloads.tabulated import Tabulated


def asked(blueprint: Blueprint) -> Sequence[Row]:
    """The figures of the catalogue that a run has asked for."""
    experiment = blueprint.experiment
    device, workload, rows = experiment.device, experiment.workload, []
    if isinstance(workload, Tabulated):
        memory = device.sheet.find("memory")
        rows += [memory] if memory is not None and memory.amount == device.holds else []
    if experiment.straggler.mean_seconds() is None:
        rows += _of_the_pace(experiment)
    return rows


def _of_the_pace(experiment: Experiment) -> Sequence[Row]:
    device, workload = experiment.device, experiment.workload
    if isinstance(workload, Native):
        return device.rate().rows
    if not _computes(experiment):
        return ()
    assert isinstance(workload, Tabulated)
    measured = device.measured(workload.measured_as, workload.precision)
    return device.rate(workload.precision).rows if measured is None else (measured,)


def _computes(experiment: Experiment) -> bool:
    """Whether it is the device that says how long a gradient of a model of the real world takes."""
    workload = experiment.workload
    timed = experiment.straggler.mean_seconds() is not None
    return isinstance(workload, Tabulated) and not timed and workload.table.seconds is None


def computing(experiment: Experiment) -> Iterator[str]:
    """Say of what figures a model's compute time is made, each with its source and kind.

    Parameters
    ----------
    experiment
        What has been simulated; of one whose device does not say how long a gradient takes there is nothing to say.
    """
    if not _computes(experiment):
        return
    device, workload = experiment.device, experiment.workload
    assert isinstance(workload, Tabulated)
    precision = workload.precision
    measured = device.measured(workload.measured_as, precision)
    begin = f"a mini-batch takes {_plain(device.overhead_seconds)}"
    if measured is not None:
        each = seconds_per_sample(measured, type(device).overhead_seconds)
        yield (
            f"{begin} and {_plain(each)} a sample: {measured.written} of {workload.measured_as} in {precision} on "
            f"device={device.listed}, in mini-batches of {measured.batch} ({measured.cited})"
        )
        return
    rate = device.rate(precision)
    each = device.seconds(workload.sample_flops, precision) - device.overhead_seconds
    figure = device.sheet.throughput(workload.measured_as, precision)
    instead = f", in place of the {figure.written} of {workload.measured_as} ({figure.cited})" if figure else ""
    yield (
        f"{begin} and {_plain(each)} a sample: three forward passes in {precision} on device={device.listed} at "
        f"{rate.said}{instead}"
    )


def _plain(seconds: float) -> str:
    return duration(seconds).replace("\N{NO-BREAK SPACE}", " ")

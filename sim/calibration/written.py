"""A calibrated cluster as files: an option of transport, and an experiment that chooses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from sim.calibration.own import TOLD, Learned
from sim.evidence.range import Range
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.transports import Transport

#: What is to be said of a figure that is not the calibrated one.
ADAPTED = "; here, so that a simulated step takes as long as a calibrated one"
#: Parts of an experiment that a calibration chooses, in the order of the config.
PARTS = ("protocol", "collective", "workload", "device", "straggler", "network", "transport")


def option(transport: Transport, ranges: Mapping[str, Range], origin: str) -> Iterator[str]:
    """The transport of a calibrated cluster, line by line.

    Parameters
    ----------
    transport
        With its own figures.
    ranges
        What is possible of these, by the names of `TOLD`.
    origin
        What it is learned from.
    """
    of = {"nic_cap_gbps": "card", "overhead_seconds": "latency", "interference": "interference"}
    yield f"# {option_name(transport)}, as measured: {origin}, by paceline calibrate"
    yield "defaults:"
    yield f"  - /schema/transport/{option_name(transport)}@_here_"
    yield ""
    for name, value in _values(transport).items():
        said = ""
        range_ = ranges.get(of.get(name, ""))
        if range_ is not None:
            what, unit = TOLD[of[name]]
            adapted = "" if value == range_.middle else ADAPTED
            between = f"80 %: {range_.low:.3g} to {range_.high:.3g}{adapted}"
            said = f"  # {what}{f' ({unit})' if unit else ''}, {between}"
        yield f"{name}: {_written(value)}{said}"


def whole(experiment: Experiment, learned: Learned, name: str, folder: str, origin: str) -> Iterator[str]:
    """A calibrated cluster as a config, line by line: what differs from the defaults.

    Parameters
    ----------
    experiment
        The cluster.
    learned
        What measurements have said.
    name
        What the option of transport, and this experiment, are called.
    folder
        The folder that both are in.
    origin
        What it is learned from.
    """
    yield "# @package _global_"
    yield f"# paceline --config-dir {folder} experiment={name} workers=16"
    yield f"# the cluster of {origin}, by paceline calibrate"
    yield "defaults:"
    server = _changed(experiment.server)
    parts = [part for part in PARTS if part != "collective" or not server]  # servers need no collectives
    for part in parts:
        chosen = name if part == "transport" else option_name(getattr(experiment, part))
        yield f"  - override /{part}: {chosen}"
    remarks = _remarks(experiment)
    yield ""
    yield f"workers: {experiment.workers}   # devices, as many as the largest measurement has"
    yield f"batch: {experiment.batch}   # samples of a device's mini-batch"
    if server and all((point.servers or point.nodes) == point.devices for point in learned.points):
        server = {**server, "shards": "${workers}"}  # one on each machine, however many there are
    blocks = {part: _changed(getattr(experiment, part)) for part in parts[:-1]} | {"server": server}
    for part, values in blocks.items():
        if values:
            yield ""
            yield f"{part}:"
            for key, value in values.items():
                yield f"  {key}: {_written(value)}{remarks.get((part, key, type(value)), '')}"
    yield ""
    yield "until:"
    yield f"  updates: {experiment.until.updates}"


def _remarks(experiment: Experiment) -> Mapping[tuple[str, str, type], str]:
    """What is said of a key, by its part, its name and the type of its value."""
    computed = f"a gradient of {experiment.batch} samples takes {experiment.gradient_seconds:.4g} s"
    return {
        ("device", "peak_flops", float): f"  # {computed}, as measured",
        ("straggler", "cv", float): "  # so that the slowest of all is as late as the calibrated model says",
        ("server", "shards", int): "  # as at the largest measurement",
        ("server", "shards", str): "  # one on each machine, as measured",
    }


def _changed(option_: object) -> Mapping[str, Any]:
    """The fields that are not as in a new one."""
    usual = _values(type(option_)())
    return {key: value for key, value in _values(option_).items() if value != usual[key]}


def _values(option_: Any) -> Mapping[str, Any]:
    return {field.name: getattr(option_, field.name) for field in fields(option_)}


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        text = f"{value:.6g}"  # YAML's floats have a point, also with an exponent
        return text if "e" not in text or "." in text else text.replace("e", ".0e")
    return str(value)

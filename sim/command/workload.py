"""``paceline list workload=NAME``: what a model of the real world adds up to, and its backward pass."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from hydra import compose, initialize_config_module

from sim.config.build import ConfigError, build, register
from sim.config.options import groups
from sim.printable import printable
from sim.report.backward import draw_backward, lines
from sim.results.units import data_size, number, percent
from sim.workloads.file import File
from sim.workloads.tabulated import Tabulated
from topologies.field_error import FieldError, of_group

#: Vectors that Adam keeps beside the model.
_ADAM = 2


def facts(name: str) -> Iterator[str]:
    """What an option of the group adds up to, in single precision; nothing of one that is no model by itself.

    Parameters
    ----------
    name
        Of the option.
    """
    option = groups()["workload"].get(name)
    if option is not None and issubclass(option, Tabulated) and option is not File:
        yield from _facts(option())


def _facts(workload: Tabulated) -> Iterator[str]:
    table, width = workload.table, workload.precision.wire_bytes
    largest = table.largest
    yield (
        f"{number(table.parameters)} parameters, {data_size(width * table.parameters)}, in {len(table.rows)} tensors; "
        f"the largest {largest.name}, {data_size(width * largest.size)} ({percent(largest.size / table.parameters)})"
    )
    yield (
        f"forward {table.flops / 2e9:.3f} G multiply-adds a sample, two FLOP each: {table.flops / 1e9:.2f} GFLOP; "
        f"{data_size(sum(workload.state_bytes(_ADAM)))} on a device with Adam, and {_activations(workload)}"
    )
    yield f"source: {workload.source}"


def _activations(workload: Tabulated) -> str:
    kept = workload.activation_bytes(1)
    return "nobody knows how much of activations" if kept is None else f"{data_size(kept)} of activations a sample"


def main(words: list[str]) -> int:
    """Print a workload along its backward pass, and draw it where a file is named.

    Parameters
    ----------
    words
        What follows ``paceline list``: ``workload=NAME``, keys of it, and ``--picture FILE``.

    Returns
    -------
    int
        Exit status: 0, or 2 after one line on standard error.

    Raises
    ------
    ConfigError
        When the workload cannot be made.
    """
    overrides, picture = _split(words)
    if overrides is None:
        said = "list: give a file behind --picture" if "--picture" in words else "list: only workload= and its keys"
        print(f"paceline: error: {said}, as in paceline list workload=vgg16 --picture vgg16.png", file=sys.stderr)
        return 2
    register()
    with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
        workload = build(compose("config", overrides)).workload
    name = overrides[0].partition("=")[2]
    if not isinstance(workload, Tabulated):
        raise ConfigError(f"workload={name}: has no tensors of its own; paceline list workload shows those that have")
    try:
        with of_group("workload"):
            workload.check()
    except FieldError as error:
        raise ConfigError(str(error)) from error
    for line in [*_facts(workload), *lines(workload)]:
        print(printable(line.replace("\N{NO-BREAK SPACE}", " ")))
    if picture is not None:
        draw_backward(
            workload, f"{name} · {data_size(workload.precision.wire_bytes * workload.table.parameters)}", picture
        )
        print(f"drawn in {printable(str(picture))}")
    return 0


def _split(words: list[str]) -> tuple[list[str] | None, Path | None]:
    """The overrides, the workload first, and the file of the picture; no overrides where the words are others."""
    rest, picture = list(words), None
    if "--picture" in rest:
        place = rest.index("--picture")
        picture = Path(rest[place + 1]) if place + 1 < len(rest) else None
        del rest[place : place + 2]
        if picture is None:
            return None, None
    rest.sort(key=lambda word: not word.startswith("workload="))
    fitting = rest and rest[0].startswith("workload=") and all(word.startswith("workload.") for word in rest[1:])
    return (rest if fitting else None), picture

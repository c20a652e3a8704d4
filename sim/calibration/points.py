"""A user's measurements: CSV with named columns, a measurement a line, or the output of nccl-tests."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import LEAST, MOST, MOST_COUNT
from sim.truth.nccl_tests import is_nccl_tests, read_nccl_tests
from sim.truth.table import Point
from sim.truth.timing import Timing as Collective
from topologies.files.text import read_text

#: What a file may have (B).
MOST_BYTES = 2**20
#: Columns that a file has to have, by what it measures: throughputs, steps one by one, collectives by themselves.
THROUGHPUTS, STEPS = ("devices", "throughput"), ("devices", "step_seconds")
COLLECTIVES = ("operation", "bytes", "ranks", "nodes", "seconds")
#: Those that the first two may have.
SOMETIMES = ("nodes", "servers", "accumulation")
#: The operations, and how many passes around a ring each takes.
PASSES = {"all_reduce": 2.0, "all_gather": 1.0, "reduce_scatter": 1.0}


class Job(NamedTuple):
    """What has been trained, and on which machines.

    Attributes
    ----------
    batch
        Samples of a device's mini-batch, >= 1.
    devices_per_node
        How many devices a machine has, >= 1, where no column says so.
    """

    batch: int
    devices_per_node: int


class Steps(NamedTuple):
    """Steps of one size.

    Attributes
    ----------
    point
        The size, and the throughput of the mean step.
    spread
        Standard deviation as a share of the mean (ratio).
    times
        How many there are, >= 1.
    """

    point: Point
    spread: float
    times: int


class Measured(NamedTuple):
    """What a file has.

    Attributes
    ----------
    file
        Its name.
    points
        Throughputs.
    steps
        The same where steps have been measured one by one.
    collectives
        Collectives by themselves.
    device
        What the ranks of these compute with; empty: the file does not say.
    """

    file: str
    points: Sequence[Point]
    steps: Sequence[Steps] = ()
    collectives: Sequence[Collective] = ()
    device: str = ""

    @property
    def across(self) -> Sequence[Collective]:
        """The collectives that are evidence on what cards carry."""
        return [each for each in self.collectives if each.nodes > 1 and each.operation in PASSES]


def read_measured(path: Path, job: Job) -> Measured:
    """The measurements of a file.

    Parameters
    ----------
    path
        The file. Its first line names the columns: ``devices`` and ``throughput`` (1/s); or ``devices`` and
        ``step_seconds`` (s), a step a line; or those of `COLLECTIVES`. Where they are not the same everywhere the first
        two have ``nodes``, ``servers`` and ``accumulation``, too. Or it is what a program of nccl-tests has printed.
    job
        What has been trained.

    Raises
    ------
    ValueError
        In one line, what is wrong where, and the remedy.
    OSError
        If it cannot be read.
    """
    try:
        text = read_text(path, MOST_BYTES)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if is_nccl_tests(text):
        log = read_nccl_tests(path)
        return Measured(path.name, (), collectives=log.timings, device=log.device)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
        columns = reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        kind = _kind(columns)
        rows = [(f"line {reader.line_num}", cells) for cells in reader]
        if kind == COLLECTIVES:
            return Measured(path.name, (), collectives=[_collective(cells, where) for where, cells in rows])
        points = [_point(cells, where, job, kind[1]) for where, cells in rows]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from error
    if kind == THROUGHPUTS:
        return Measured(path.name, points)
    steps = [*_steps(points)]
    return Measured(path.name, [each.point for each in steps], steps)


def complete(files: Sequence[Measured]) -> None:
    """Refuse files that have no point on one machine, or nothing on several.

    Parameters
    ----------
    files
        All that is to be learned from.

    Raises
    ------
    ValueError
        In one line, what is to be measured.
    """
    points = [point for file in files for point in file.points]
    names = ", ".join(file.file for file in files)
    if not any(point.nodes == 1 for point in points):
        raise ValueError(f"{names}: has no point on one machine; measure one, which tells how long a gradient takes")
    if not any(point.nodes > 1 for point in points):
        raise ValueError(f"{names}: has no point on several machines; measure one, which tells what a network takes")


def _kind(columns: Sequence[str]) -> tuple[str, ...]:
    """By which columns a file measures what it does."""
    kind: tuple[str, ...] = STEPS if "step_seconds" in columns else THROUGHPUTS
    if "operation" in columns:
        kind = COLLECTIVES
    known = kind if kind == COLLECTIVES else (*kind, *SOMETIMES)
    for name in columns:
        if name not in known:
            raise ValueError(f"line 1: there is no column {name[:40]!r}; name some of {', '.join(known)}")
    for name in kind:
        if name not in columns:
            raise ValueError(f"line 1: has no column {name}; name {', '.join(kind[:-1])} and {kind[-1]}")
    return kind


def _steps(points: Sequence[Point]) -> Iterator[Steps]:
    """Steps of one size together."""
    alike: defaultdict[tuple[object, ...], list[Point]] = defaultdict(list)
    for point in points:
        alike[point._replace(throughput=0.0)].append(point)
    for some in alike.values():
        seconds = [1.0 / point.throughput for point in some]
        mean = statistics.fmean(seconds)
        spread = statistics.stdev(seconds) / mean if len(some) > 1 else 0.0
        yield Steps(some[0]._replace(throughput=1.0 / mean), spread, len(some))


def _point(cells: Mapping[str, str | None], where: str, job: Job, column: str) -> Point:
    devices = _whole(cells, "devices", where)
    nodes = _whole(cells, "nodes", where, math.ceil(devices / job.devices_per_node))
    if nodes > devices:
        raise ValueError(f"{where}, column nodes: expected at most its {devices} devices, got {nodes}; give fewer")
    servers = _whole(cells, "servers", where) if cells.get("servers") else None
    accumulation = _whole(cells, "accumulation", where, 1)
    number = _number(cells, column, where)
    throughput = number if column == "throughput" else devices * job.batch * accumulation / number
    return Point(devices, nodes, throughput, servers, accumulation)


def _collective(cells: Mapping[str, str | None], where: str) -> Collective:
    operation = (cells["operation"] or "").strip()
    if operation not in PASSES:
        raise ValueError(f"{where}, column operation: {operation[:40]!r} is none of {', '.join(PASSES)}; give one")
    ranks, nodes = _whole(cells, "ranks", where), _whole(cells, "nodes", where)
    if nodes > ranks:
        raise ValueError(f"{where}, column nodes: expected at most its {ranks} ranks, got {nodes}; give fewer")
    return Collective(operation, _number(cells, "bytes", where), ranks, nodes, _number(cells, "seconds", where))


def _whole(cells: Mapping[str, str | None], column: str, where: str, usual: int | None = None) -> int:
    if usual is not None and not cells.get(column):
        return usual
    number = _number(cells, column, where)
    if not number.is_integer() or number > MOST_COUNT:
        raise ValueError(f"{where}, column {column}: expected a count, got {str(cells[column])[:40]!r}; give one")
    return int(number)


def _number(cells: Mapping[str, str | None], column: str, where: str) -> float:
    text = (cells.get(column) or "").strip()
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not LEAST <= number <= MOST:
        raise ValueError(
            f"{where}, column {column}: expected a number of {LEAST:g} to {MOST:g}, got {text[:40]!r}; give one"
        )
    return number

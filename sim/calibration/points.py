"""A user's measurements: CSV with named columns, a point a line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from sim.truth.entry import LEAST, MOST, MOST_COUNT
from sim.truth.table import Point
from topologies.files.text import read_text

#: What a file may have (B).
MOST_BYTES = 2**20
#: Its columns: those that it has to have, and those that it may have.
ALWAYS, SOMETIMES = ("devices", "throughput"), ("nodes", "servers", "accumulation")


def read_points(path: Path, devices_per_node: int) -> tuple[Point, ...]:
    """The points of a file, of which at least one is on one machine and one on several.

    Parameters
    ----------
    path
        The file. Its first line names the columns: ``devices`` and ``throughput`` (1/s), and where they are not the
        same everywhere ``nodes``, ``servers`` and ``accumulation``.
    devices_per_node
        How many devices a machine has, >= 1, where there is no column ``nodes``.

    Raises
    ------
    ValueError
        In one line, what is wrong where, and the remedy.
    OSError
        If it cannot be read.
    """
    try:
        points = tuple(_points(read_text(path, MOST_BYTES), devices_per_node))
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from error
    if not any(point.nodes == 1 for point in points):
        raise ValueError(f"{path}: has no point on one machine; measure one, which tells how long a gradient takes")
    if not any(point.nodes > 1 for point in points):
        raise ValueError(f"{path}: has no point on several machines; measure one, which tells what a network takes")
    return points


def _points(text: str, devices_per_node: int) -> Iterator[Point]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    for name in columns:
        if name not in (*ALWAYS, *SOMETIMES):
            raise ValueError(
                f"line 1: there is no column {name[:40]!r}; name some of {', '.join((*ALWAYS, *SOMETIMES))}"
            )
    for name in ALWAYS:
        if name not in columns:
            raise ValueError(f"line 1: has no column {name}; name {' and '.join(ALWAYS)}")
    for cells in reader:
        yield _point(cells, f"line {reader.line_num}", devices_per_node)


def _point(cells: Mapping[str, str | None], where: str, devices_per_node: int) -> Point:
    devices = _whole(cells, "devices", where)
    nodes = _whole(cells, "nodes", where, math.ceil(devices / devices_per_node))
    if nodes > devices:
        raise ValueError(f"{where}, column nodes: expected at most its {devices} devices, got {nodes}; give fewer")
    servers = _whole(cells, "servers", where) if cells.get("servers") else None
    accumulation = _whole(cells, "accumulation", where, 1)
    return Point(devices, nodes, _number(cells, "throughput", where), servers, accumulation)


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

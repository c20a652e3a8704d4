"""Points of tables as arrays: all that a step depends on and a planner knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from sim.calibration.evidence import Timing
from sim.calibration.largest import largest_of
from sim.calibration.numbers import Counts, Numbers
from sim.calibration.tensors import tensors_of
from sim.connections.group.buckets import Bucket, by_cycle, fill
from sim.truth.table import Point, Table, Transport

#: What frameworks have sent together: PyTorch's DDP (Li et al. 2020, section 3.2.2), and Horovod before its 0.21.
DDP_BYTES, DDP_FIRST_BYTES = 25e6, 1e6
HOROVOD_CYCLE_SECONDS, HOROVOD_BYTES = 5e-3, 64e6


@dataclass(frozen=True)
class Cases:
    """Points, one to a row.

    Parameters
    ----------
    table
        Number of each row's table among those that the rows are of.
    devices, nodes
        How many there are (both shape (rows,)).
    seconds
        What a micro-batch takes on one machine (s).
    accumulation
        Micro-batches of a gradient (count).
    units
        What a device trains on in a micro-batch, in the unit of throughput (count).
    through_card
        What one machine's cards carry in the busier direction (B).
    line
        What they carry at line rate (B/s); infinite where nobody knows.
    nics
        How many cards a machine has (count).
    elastic
        1: on the elastic network adapter of AWS; 0: on another.
    doublings
        How often devices of a machine have doubled since the anchor (no unit).
    hops
        How often bytes wait for a hop, over all buckets (count).
    back
        Share of the bytes that set out when all others have arrived: a server's answers (ratio).
    measured
        Throughput (1/s).
    slowest
        How many standard deviations the slowest of as many machines is from the mean (no unit).
    ready
        Share of the micro-batch after which each bucket is complete that may decide (shape (rows, corners)).
    left
        Share of the bytes that is in this bucket and those after it (shape (rows, corners)).
    """

    table: Counts
    devices: Numbers
    nodes: Numbers
    seconds: Numbers
    accumulation: Numbers
    units: Numbers
    through_card: Numbers
    line: Numbers
    nics: Numbers
    elastic: Numbers
    doublings: Numbers
    hops: Numbers
    back: Numbers
    measured: Numbers
    slowest: Numbers
    ready: Numbers
    left: Numbers

    def __len__(self) -> int:
        return len(self.table)


def cases_of(points: Sequence[tuple[Table, Sequence[Point]]], timings: Sequence[Timing] = ()) -> Cases:
    """Some points of tables of one transport, as arrays.

    Parameters
    ----------
    points
        Tables, each with its points to look at.
    timings
        Collectives by themselves: a step of one bucket and without computing, once a second of it. They follow the
        points, as one more table.
    """
    rows = [(number, table, point) for number, (table, some) in enumerate(points) for point in some]
    corners = [*(_corners(table) for _, table, _ in rows), *([(1.0, 1.0)] for _ in timings)]
    number = [*(number for number, *_ in rows), *(len(points) for _ in timings)]
    ready, left = np.ones((2, len(number), max(map(len, corners), default=1))) * [[[1.0]], [[0.0]]]
    for row, some in enumerate(corners):
        ready[row, : len(some)], left[row, : len(some)] = np.transpose(some)
    lines = [*(_numbers(table, point) for _, table, point in rows), *map(_alone, timings)]
    columns = np.array(lines).reshape(len(number), len(fields(Cases)) - 3)
    names = [field.name for field in fields(Cases)][1:-2]
    return Cases(
        table=np.array(number, np.int64),
        ready=ready,
        left=left,
        **dict(zip(names, columns.T, strict=True)),
    )


def _numbers(table: Table, point: Point) -> tuple[float, ...]:
    """The columns of `Cases` but for the buckets, in its order."""
    anchor = table.anchor
    assert anchor is not None, "only a table with an anchor is predicted"
    inside = max(1.0, point.devices / point.nodes)
    return (
        point.devices,
        point.nodes,
        table.seconds,
        point.accumulation,
        table.units,
        through_card(table, point),
        _line(table),
        table.nics,
        float(table.elastic),
        max(0.0, math.log2(inside / anchor.devices)),
        hops(table, point),
        0.5 if table.transport is Transport.grpc_ps else 0.0,
        point.throughput,
        largest_of(point.nodes).mean,
    )


def _alone(timing: Timing) -> tuple[float, ...]:
    """The same of a collective by itself."""
    table = timing.table
    costs = timing.through_card, _line(table), table.nics, float(table.elastic), 0.0, timing.hops
    return (1.0, timing.nodes, 0.0, 1.0, 1.0, *costs, 0.0, 1.0 / timing.seconds, 0.0)


def _line(table: Table) -> float:
    return math.inf if table.line_gbps is None else table.line_gbps * 1e9 / 8.0


def through_card(table: Table, point: Point) -> float:
    """What the busiest machine's cards carry for one gradient in one direction, and a server's in both, one by one (B).

    An all-reduce runs along a flat ring of all devices (Patarasuk and Yuan 2009). TensorFlow puts each variable on one
    server: that with the largest carries it from and to all other machines, however many servers there are.

    Parameters
    ----------
    table
        The table.
    point
        How many devices, machines and servers there are.
    """
    if point.nodes == 1:
        return 0.0  # what a machine does inside is measured with its computing
    if table.transport is not Transport.grpc_ps:
        return 2.0 * (point.devices - 1) / point.devices * table.gradient_bytes
    servers = point.servers or point.nodes
    largest = table.largest_bytes or max(tensor.nbytes for tensor in tensors_of(table))
    hot = max(table.gradient_bytes / servers, largest)
    elsewhere = 1.0 if servers == 1 else 1.0 - 1.0 / servers
    return 2.0 * max(elsewhere * table.gradient_bytes, (point.nodes - 1) * hot)


def hops(table: Table, point: Point) -> float:
    """How many hops one after the other a gradient's bytes take, over all buckets.

    A ring has 2 (n - 1) of them; NCCL has had trees for small messages since 2.4, of as many levels as machines double,
    and chains inside them (Jeaugey, "Massively scale your deep learning training with NCCL 2.4", 2019).

    Parameters
    ----------
    table
        The table.
    point
        How many devices and machines there are.
    """
    if point.nodes == 1:
        return 0.0
    buckets = len(departures(table))
    if table.transport is Transport.grpc_ps:
        return 2.0 * buckets
    ring = 2.0 * (point.devices - 1)
    if "NCCL2" in table.method or table.method.startswith("ring"):
        return ring * buckets
    return min(ring, 2.0 * (math.log2(point.nodes) + point.devices / point.nodes - 1.0)) * buckets


@lru_cache(maxsize=256)
def _corners(table: Table) -> list[tuple[float, float]]:
    """The buckets that may decide when all have arrived: (share ready, share of bytes left), on their convex hull.

    A step ends with the maximum of ``ready T + left C`` over them; whatever T and C are, that is at a corner.
    """
    buckets = departures(table)
    sizes = np.array([bucket.nbytes for bucket in buckets])
    left = sizes[::-1].cumsum()[::-1] / sizes.sum()
    hull: list[tuple[float, float]] = []
    for corner in zip((bucket.ready for bucket in buckets), left.tolist(), strict=True):
        while hull and (corner[1] >= hull[-1][1] or (len(hull) > 1 and not _bends(hull[-2], hull[-1], corner))):
            hull.pop()
        hull.append(corner)
    return hull


def _bends(before: tuple[float, float], corner: tuple[float, float], after: tuple[float, float]) -> bool:
    """Whether a corner is above the line between its neighbours."""
    (x0, y0), (x1, y1), (x2, y2) = before, corner, after
    return (y1 - y0) * (x2 - x0) > (y2 - y0) * (x1 - x0)


@lru_cache(maxsize=256)
def departures(table: Table) -> list[Bucket]:
    """What sets out together, and when, by the rule of the framework that the source names.

    Parameters
    ----------
    table
        The table.
    """
    tensors = tensors_of(table)
    if table.transport is Transport.grpc_ps:
        return fill(tensors, 0.0)
    if "Horovod" in table.method:
        return by_cycle(tensors, table.seconds, HOROVOD_CYCLE_SECONDS, HOROVOD_BYTES)
    return fill(tensors, DDP_BYTES, DDP_FIRST_BYTES)

"""What anybody would predict without a model: a prediction has to beat these."""

from __future__ import annotations

from sim.calibration.cases import through_card
from sim.truth.table import Point, Table, Transport


def linear(table: Table, point: Point) -> float:
    """As many times the throughput of the anchor as there are more devices (1/s).

    Parameters
    ----------
    table
        The table.
    point
        How many devices there are.
    """
    assert table.anchor is not None, "only a table with an anchor is predicted"
    return table.anchor.each * point.devices


def line_rate(table: Table, point: Point) -> float | None:
    """Gradients at line rate, after everything has been computed (1/s); None where nobody knows the line rate.

    An all-reduce is a ring of machines, whose devices add up their gradients before.

    Parameters
    ----------
    table
        The table.
    point
        How many devices, machines and servers there are.
    """
    if table.line_gbps is None:
        return None
    nbytes = 2.0 * (point.nodes - 1) / point.nodes * table.gradient_bytes
    if table.transport is Transport.grpc_ps:
        nbytes = through_card(table, point)
    computing = point.accumulation * table.seconds
    step = computing + nbytes * 8.0 / (table.line_gbps * 1e9)
    return linear(table, point) * computing / step


def last_kept(table: Table, point: Point, given: int) -> float:
    """The efficiency of the largest point that is known, kept (1/s); where only the anchor is, that is linear.

    Parameters
    ----------
    table
        The table.
    point
        How many devices there are.
    given
        Up to how many machines points are known, >= 1.
    """
    known = max(table.up_to(given), key=lambda other: other.devices, default=table.anchor)
    assert known is not None, "only a table with an anchor is predicted"
    return known.each * point.devices

"""Published throughputs, each predicted from what a planner would know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np

from sim.calibration.evidence import Evidence
from sim.calibration.fit import Calibration
from sim.calibration.step import Law, step
from sim.truth.scaling import Read, read_tables
from sim.truth.table import Point, Table
from sim.validation.baselines import last_kept, line_rate, linear
from sim.validation.check import HIGH, LOW, Asked, Check, Found, Part, told
from sim.validation.errors import averaged, by
from sim.validation.row import Row

#: From which error of linear scaling on communication decides a table (%).
BOUND = 15.0


def judge(tables: Sequence[Table], known: Sequence[Table], given: int = 1, law: Law = step) -> Iterator[Row]:
    """Predict every point on more machines than are given, each table by a model that has learned from all others.

    A table is left out of what its own model learns from whatever it is called there: by its figures. Nothing is
    learned of one table's rows beyond those that are given, and nothing by its name.

    Parameters
    ----------
    tables
        What is predicted.
    known
        What models learn from.
    given
        Up to how many machines the points of the table itself are known, >= 1; 1: its anchor alone.
    law
        What a step is taken to be made of.
    """
    asked = {table.figures: table for table in tables}
    known = [asked.get(table.figures, table) for table in known]
    calibration = cache(partial(Calibration, law=law))
    for table in tables:
        points = table.beyond(given)
        if not points:
            continue
        others = ((other, other.beyond()) for other in known if _teaches(other, table))
        own = ((table, table.up_to(given)),) if table.up_to(given) else ()
        learned = calibration(Evidence(table.transport, (*others, *own)))
        predicted = learned.predict(table, points)
        ends = np.quantile(learned.possible(table, points), (LOW, HIGH), axis=0)
        for point, middle, low, high in zip(points, predicted.tolist(), *ends.tolist(), strict=True):
            yield Row(
                id=f"{table.id}#{point.devices}",
                kind=table.transport,
                measured=point.throughput,
                predicted=middle,
                low=low,
                high=high,
                baselines={
                    "linear": linear(table, point),
                    "line_rate": line_rate(table, point),
                    "last_kept": last_kept(table, point, given),
                },
                facts=_facts(table, point, learned.knows(table)),
                groups=(table.id, f"{table.cluster}, {table.device}, {table.transport}"),
            )


def _teaches(other: Table, table: Table) -> bool:
    return other.transport is table.transport and other.figures != table.figures


def _facts(table: Table, point: Point, known: bool) -> Mapping[str, object]:
    return {
        "table": table.id,
        "cluster": table.cluster,
        "device": table.device,
        "class": table.transport,
        "devices": point.devices,
        "nodes": point.nodes,
        "cluster_known": known,
    }


def _judge(asked: Asked) -> Found:
    given = asked.given or 1
    known, tables = read_tables(asked.calibrate_on), read_tables(asked.on)
    rows = sorted(judge(tables.tables, known.tables, given), key=lambda row: _ORDER[row.kind])
    if not rows:
        raise ValueError(_nothing(tables, asked))
    bound = {table for table, some in by(rows, lambda row: row.groups[0]).items() if _off(some) >= BOUND}
    return Found(
        rows,
        parts=(
            Part("cluster_known", "machines known from other tables", partial(told, "cluster_known", True)),
            Part("cluster_blind", "machines known from none", partial(told, "cluster_known", False)),
            Part("communication_bound", f"linear is off by {BOUND:g} % or more", partial(_of, frozenset(bound))),
        ),
        left_out=tables.others,
    )


def _of(tables: frozenset[str], row: Row) -> bool:
    return row.groups[0] in tables


#: The classes, in the order in which they are told.
_ORDER = {"rdma": 0, "tcp": 1, "grpc_ps": 2}


def _off(rows: Sequence[Row]) -> float:
    return averaged(rows, lambda row: row.baselines["linear"]) or 0.0


def _nothing(tables: Read, asked: Asked) -> str:
    where = asked.on or "the digest"
    if tables.tables:
        return f"--given-up-to: no table of {where} goes beyond {asked.given} machines; give fewer"
    why = f" ({tables.others[0][0]} {tables.others[0][1]})" if tables.others else ""
    return f"--on: {where} has no table with points on one machine and on several{why}; see docs/validation.md"


CHECK = Check("scaling", "published throughputs on many machines, from one machine's", "1/s", _judge)

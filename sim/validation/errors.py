"""Errors of many predictions, averaged so that neither a long table nor a large cluster outweighs the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from sim.truth.table import Transport
from sim.validation.scaling import Judged

#: Who predicts, by name.
PREDICTORS: dict[str, Callable[[Judged], float | None]] = {
    "predicted": lambda row: row.predicted,
    "linear": lambda row: row.linear,
    "line_rate": lambda row: row.line_rate,
    "last_kept": lambda row: row.last_kept,
}
#: From which error of linear scaling on communication decides a table (%).
BOUND = 15.0

K = TypeVar("K")
Errors = dict[str, float | None]


class Verdict(NamedTuple):
    """What has come out for some rows.

    Attributes
    ----------
    tables, rows
        How many there are.
    errors
        Of each predictor: mean absolute error (%), averaged over the points of a table, then over the tables of the
        same machines, then over all machines; None where it predicts nothing.
    coverage
        Share of the rows that are inside their interval (ratio).
    half_width
        Median of half the interval's width as a share of the prediction (ratio).
    """

    tables: int
    rows: int
    errors: Errors
    coverage: float
    half_width: float


def verdict(rows: Sequence[Judged]) -> Verdict:
    """Average over some rows.

    Parameters
    ----------
    rows
        At least one.
    """
    tables = _by(rows, lambda row: row.table.id)
    inside = [row.low <= row.point.throughput <= row.high for row in rows]
    widths = sorted((row.high - row.low) / 2.0 / row.predicted for row in rows)
    middle = len(widths) // 2
    return Verdict(
        tables=len(tables),
        rows=len(rows),
        errors={name: _averaged(tables.values(), predictor) for name, predictor in PREDICTORS.items()},
        coverage=sum(inside) / len(inside),
        half_width=(widths[middle] + widths[~middle]) / 2.0,
    )


def by_transport(rows: Iterable[Judged]) -> dict[Transport, list[Judged]]:
    """The rows of each transport, in the order of the enumeration."""
    found = _by(rows, lambda row: row.table.transport)
    return {transport: found[transport] for transport in Transport if transport in found}


def by_table(rows: Iterable[Judged]) -> dict[str, list[Judged]]:
    """The rows of each table, by its name."""
    return _by(rows, lambda row: row.table.id)


def by_machines(rows: Iterable[Judged]) -> dict[tuple[str, str, Transport], list[Judged]]:
    """The rows of each kind of machine in a cluster, and of each transport there."""
    return _by(rows, lambda row: (*row.table.site, row.table.transport))


def bound(rows: Iterable[Judged]) -> list[Judged]:
    """The rows of tables that communication decides."""
    tables = by_table(rows).values()
    return [row for some in tables if (_error(some, PREDICTORS["linear"]) or 0.0) >= BOUND for row in some]


def skill(errors: Errors) -> float | None:
    """By which share the error is less than that of linear scaling (ratio); None where that is right.

    Parameters
    ----------
    errors
        Of each predictor (%).
    """
    predicted, straight = errors["predicted"], errors["linear"]
    return None if predicted is None or not straight else 1.0 - predicted / straight


def _averaged(tables: Iterable[Sequence[Judged]], predictor: Callable[[Judged], float | None]) -> float | None:
    machines = defaultdict(list)
    for rows in tables:
        error = _error(rows, predictor)
        if error is not None:
            machines[rows[0].table.site, rows[0].table.transport].append(error)
    means = [sum(errors) / len(errors) for errors in machines.values()]
    return sum(means) / len(means) if means else None


def _error(rows: Sequence[Judged], predictor: Callable[[Judged], float | None]) -> float | None:
    """Mean absolute error of a predictor on a table (%)."""
    said = [(predictor(row), row.point.throughput) for row in rows]
    off = [abs(value / measured - 1.0) for value, measured in said if value is not None]
    return 100.0 * sum(off) / len(off) if off else None


def _by(rows: Iterable[Judged], key: Callable[[Judged], K]) -> dict[K, list[Judged]]:
    found: defaultdict[K, list[Judged]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)

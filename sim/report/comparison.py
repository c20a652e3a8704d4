"""Runs side by side: who reached the target first, and what it took."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.report.label import labels
from sim.results.rows import Metric, Summary
from sim.results.series import Arrival, arrival

if TYPE_CHECKING:
    import polars as pl


@dataclass
class Comparison:
    """What is compared of one run."""

    run: str  # its directory
    label: str
    arrival: Arrival
    summary: Summary  # without ci95

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """The shares of the workers' time spent computing, communicating and waiting, 0 to 1; None: not measured."""
        summary = self.summary
        parts = (summary.compute_fraction, summary.communicate_fraction, summary.wait_fraction)
        if all(part is None for part in parts):
            return None
        return parts[0] or 0.0, parts[1] or 0.0, parts[2] or 0.0


def with_target(table: pl.DataFrame, curves: Mapping[str, Sequence[Metric]], target: float) -> pl.DataFrame:
    """The table of :func:`sim.report.collect.collect`, the first to reach the target first, with what that took.

    Parameters
    ----------
    table
        A row per run.
    curves
        The rows of metrics.csv of every run, by the run's directory (column ``run``).
    target
        Test accuracy, 0 to 1.

    Returns
    -------
    polars.DataFrame
        Columns ``label``, ``report.target``, ``report.seeds``, ``report.seeds_reached``, ``report.seconds_to_target``
        (s), ``report.seconds_to_target_ci95`` (s) and ``report.updates_to_target`` are new. Runs that did not reach the
        target follow, the most accurate first.
    """
    import polars as pl

    rows = table.to_dicts()
    arrivals = [arrival(curves[row["run"]], target) for row in rows]
    integers, floats = pl.Int64, pl.Float64
    new = [
        pl.Series("label", labels(rows), pl.String),
        pl.Series("report.target", [target] * len(rows), floats),
        pl.Series("report.seeds", [found.seeds for found in arrivals], integers),
        pl.Series("report.seeds_reached", [found.reached for found in arrivals], integers),
        pl.Series("report.seconds_to_target", [found.seconds for found in arrivals], floats),
        pl.Series("report.seconds_to_target_ci95", [found.seconds_ci95 for found in arrivals], floats),
        pl.Series("report.updates_to_target", [found.updates for found in arrivals], floats),
    ]
    wide = table.with_columns(new).select("run", *new, pl.exclude("run", *(column.name for column in new)))
    order = sorted(range(len(rows)), key=lambda index: _rank(rows[index], arrivals[index]))
    return wide[order]


def comparisons(table: pl.DataFrame) -> list[Comparison]:
    """The rows of a table as typed rows; without :func:`with_target`, the target is that of each run's own config."""
    rows = table.to_dicts()
    names = [row["label"] for row in rows] if "label" in table.columns else labels(rows)
    columns = [column.name for column in dataclasses.fields(Summary) if column.name != "ci95"]
    return [
        Comparison(row["run"], name, _arrival(row), Summary(**{column: row[column] for column in columns}))
        for name, row in zip(names, rows, strict=True)
    ]


def target_of(table: pl.DataFrame) -> float | None:
    """The test accuracy that the runs of a table are compared at, None when it is each run's own."""
    return float(table["report.target"][0]) if "report.target" in table.columns and len(table) else None


def _arrival(row: dict[str, Any]) -> Arrival:
    if "report.target" not in row:
        seconds = row["seconds_to_target"]
        return Arrival(
            1, int(seconds is not None), seconds, row.get("seconds_to_target_ci95"), row["updates_to_target"]
        )
    return Arrival(
        row["report.seeds"],
        row["report.seeds_reached"],
        row["report.seconds_to_target"],
        row["report.seconds_to_target_ci95"],
        row["report.updates_to_target"],
    )


def _rank(row: dict[str, Any], found: Arrival) -> tuple[bool, float, float, float, float]:
    """By seconds to the target; the others by accuracy, then by RMSE, then by speed."""
    accuracy, rmse = row["best_test_accuracy"], row["final_test_rmse"]
    return (
        found.seconds is None,
        found.seconds or 0.0,
        -(accuracy if accuracy is not None else -1.0),
        rmse if rmse is not None else float("inf"),
        -(row["samples_per_second"] or 0.0),
    )

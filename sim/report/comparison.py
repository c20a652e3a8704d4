"""Runs side by side: who reached the target first, and what it took."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.report.label import labels
from sim.results.rows import Metric, Summary
from sim.results.series import Arrival, arrival, arrival_of

if TYPE_CHECKING:
    import polars as pl


@dataclass
class Comparison:
    """What is compared of one run."""

    run: str  # its directory
    label: str
    arrival: Arrival
    summary: Summary  # means over its seeds
    smoothed: float | None = None  # s, when a running mean of evaluations arrived
    restricted: float | None = None  # s, mean of what is known of the time to the target, up to a common bound

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """The shares of the workers' time spent computing, communicating and waiting, 0 to 1; None: not measured."""
        summary = self.summary
        parts = (summary.compute_fraction, summary.communicate_fraction, summary.wait_fraction)
        if all(part is None for part in parts):
            return None
        return parts[0] or 0.0, parts[1] or 0.0, parts[2] or 0.0


#: Evaluations of the running mean that is reported beside the first evaluation at the target.
SMOOTHED = 5


def with_target(
    table: pl.DataFrame, curves: Mapping[str, Sequence[Metric]], target: float, smoothed: int = SMOOTHED
) -> pl.DataFrame:
    """The table of :func:`sim.report.collect.collect`, the first to reach the target first, with what that took.

    Parameters
    ----------
    table
        A row per run.
    curves
        The rows of metrics.csv of every run, by the run's directory (column ``run``).
    target
        Test accuracy, 0 to 1.
    smoothed
        Evaluations of the running mean whose arrival is reported, too, >= 1; the same for all runs.

    Returns
    -------
    polars.DataFrame
        Columns ``label``, ``report.target``, ``report.seeds``, ``report.seeds_reached``, ``report.seconds_to_target``
        (s), ``report.seconds_to_target_ci95`` (s), ``report.updates_to_target``, ``report.target_uncertainty_seconds``
        (s), ``report.smoothed_over`` and ``report.smoothed_seconds_to_target`` (s) are new. Of a run that raced to this
        very target, the first crossing is the one that it found itself. Runs that did not reach the target follow, the
        most accurate first.
    """
    import polars as pl

    rows = table.to_dicts()
    arrivals = [_first(row, curves[row["run"]], target) for row in rows]
    means = [arrival(curves[row["run"]], target, smoothed) for row in rows]
    integers, floats = pl.Int64, pl.Float64
    new = [
        pl.Series("label", labels(rows), pl.String),
        pl.Series("report.target", [target] * len(rows), floats),
        pl.Series("report.seeds", [found.seeds for found in arrivals], integers),
        pl.Series("report.seeds_reached", [found.reached for found in arrivals], integers),
        pl.Series("report.seconds_to_target", [found.seconds for found in arrivals], floats),
        pl.Series("report.seconds_to_target_ci95", [found.seconds_ci95 for found in arrivals], floats),
        pl.Series("report.updates_to_target", [found.updates for found in arrivals], floats),
        pl.Series("report.target_uncertainty_seconds", [found.uncertainty for found in arrivals], floats),
        pl.Series("report.smoothed_over", [smoothed] * len(rows), integers),
        pl.Series("report.smoothed_seconds_to_target", [found.seconds for found in means], floats),
    ]
    wide = table.with_columns(new).select("run", *new, pl.exclude("run", *(column.name for column in new)))
    order = sorted(range(len(rows)), key=lambda index: _rank(rows[index], arrivals[index]))
    return wide[order]


def comparisons(table: pl.DataFrame) -> list[Comparison]:
    """The rows of a table of :func:`with_target` as typed rows."""
    return [
        Comparison(
            row["run"],
            row["label"],
            _arrival(row),
            _summary(row),
            row["report.smoothed_seconds_to_target"],
            row.get("report.restricted_seconds"),
        )
        for row in table.to_dicts()
    ]


def raced(row: Mapping[str, Any]) -> bool:
    """Whether a run was to end at the very target that it is compared at, and so has found the crossing itself."""
    return row.get("until.target_accuracy") == row["report.target"] and row.get("until.target_loss") is None


def _first(row: dict[str, Any], curve: Sequence[Metric], target: float) -> Arrival:
    """The first crossing of a target: as the run itself has found it, where it raced there, else by its evaluations."""
    found = arrival(curve, target)
    if raced(row | {"report.target": target}) and row["seconds_to_target"] is not None and not row["diverged_replicas"]:
        return arrival_of(_summary(row), found.seeds)
    return found


def _summary(row: dict[str, Any]) -> Summary:
    columns = [column.name for column in dataclasses.fields(Summary) if column.name != "ci95"]
    ci95 = {name: margin for name in columns if (margin := row.get(f"{name}_ci95")) is not None}
    return Summary(**{column: row[column] for column in columns}, ci95=ci95)


def _arrival(row: dict[str, Any]) -> Arrival:
    return Arrival(
        row["report.seeds"],
        row["report.seeds_reached"],
        row["report.seconds_to_target"],
        row["report.seconds_to_target_ci95"],
        row["report.updates_to_target"],
        row["report.target_uncertainty_seconds"],
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

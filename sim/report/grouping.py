"""Runs that differ in the seed only, as one: the rows that are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.record import MORE
from sim.report.collect import Row, table_of
from sim.report.label import settings
from sim.results.read import read_replicas
from sim.results.replicas import average
from sim.results.result import Result
from sim.results.rows import Metric, Summary

if TYPE_CHECKING:
    import polars as pl

#: Settings that say how often something is simulated, or what is kept of it, not what.
BESIDE = (
    *("seed", "replicas", "until.precision", "until.precision_of", "until.most_replicas"),
    *(f"record.{name}" for name in MORE),
)


class Groups(NamedTuple):
    """Runs by what they ask, whatever their seeds.

    Attributes
    ----------
    table
        A row per group, as :func:`sim.report.collect.collect` has a row per run. Its figures are means over the seeds,
        with the half width of their 95 % confidence intervals (``X_ci95``); its ``run`` is that of its first seed.
    curves
        The rows of metrics.csv of all seeds of each group, by its ``run``.
    seeds
        The summary of each seed of each group, likewise.
    runs
        The directories of the runs of each group, likewise.
    """

    table: pl.DataFrame
    curves: dict[str, list[Metric]]
    seeds: dict[str, dict[int, Summary]]
    runs: dict[str, list[str]]


def grouped(table: pl.DataFrame, curves: Mapping[str, Sequence[Metric]]) -> Groups:
    """Group the runs of a table.

    Runs with the same settings belong to one group, but for two of the same seed: runs that somebody has repeated in
    another folder are compared with each other.

    Parameters
    ----------
    table
        From :func:`sim.report.collect.collect`.
    curves
        The rows of metrics.csv of every run, by the run's directory (column ``run``).
    """
    found = Groups(table, {}, {}, {})
    rows = []
    for group in _alike(table.to_dicts()):
        first = min(group, key=lambda row: row["seed"])
        name = first["run"]
        results = [result for row in group for result in _seeds(row, curves[row["run"]])]
        results.sort(key=lambda result: result.summary.seed)
        if len(group) > 1:
            mean = average(results)
            first = {**first, **mean.summary.flat()}
        found.curves[name] = [metric for result in results for metric in result.metrics]
        found.seeds[name] = {result.summary.seed: result.summary for result in results}
        found.runs[name] = [row["run"] for row in group]
        rows.append(first)
    return found._replace(table=table_of(rows))


def _alike(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of each group, groups and rows in their order."""
    asked = [name for name in ("protocol", *settings(rows)) if name not in BESIDE]
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[tuple(row.get(name) for name in asked)].append(row)
    return [part for group in found.values() for part in _without_repetition(group)]


def _without_repetition(group: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of a group, apart by folder where they have seeds in common."""
    if len({row["seed"] for row in group}) == len(group):
        return [group]
    by_folder: dict[Path, list[dict[str, Any]]] = defaultdict(list)
    for row in group:
        by_folder[Path(row["run"]).parent].append(row)
    parts = list(by_folder.values())
    if any(len({row["seed"] for row in part}) < len(part) for part in parts):
        return [[row] for row in group]
    return parts


def _seeds(row: Row, curve: Sequence[Metric]) -> list[Result]:
    """What each seed of a run came to; of an early version's run with replicas, the run as a whole."""
    run = Path(str(row["run"]))
    summaries = read_replicas(run / "replicas.parquet") or [Summary.of(row)]
    if len(summaries) == 1:
        return [Result(summaries[0], list(curve))]
    return [Result(each, [metric for metric in curve if metric.seed == each.seed]) for each in summaries]

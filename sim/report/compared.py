"""Any number of runs, ready to be shown: grouped by what they ask, ranked, judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.evidence.censored import Waited, horizon, median, restricted_mean
from sim.report.best import Best, best_of
from sim.report.collect import table_of
from sim.report.comparison import SMOOTHED, with_target
from sim.report.grouping import Groups, grouped
from sim.report.verdict import Arrivals, Verdict, Verdicts, against_itself, arrivals, verdicts
from sim.results.rows import Metric

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Compared:
    """What a report shows.

    Attributes
    ----------
    groups
        The groups of the runs; its table is ranked, with what :func:`sim.report.comparison.with_target` adds, and what
        is known of the time to the target where seeds were cut off at a bound (s): ``report.restricted_seconds`` up to
        ``report.horizon_seconds``, and ``report.median_seconds`` (Kaplan and Meier), each with its interval in
        ``..._low`` and ``..._high``.
    best
        Those that are compared, where not all are.
    arrivals
        How long each seed of each group waited for the target.
    verdicts
        What the seeds say of those that are compared, beside the first of them.
    target
        Test accuracy that they are compared at, 0 to 1.
    smoothed
        Number of evaluations of the running mean whose arrival is reported, too.
    itself
        The first row against itself, half of its seeds against the other half (A/A): the noise of the criterion; None
        where it has fewer than four seeds.
    failed
        How many seeds of a group failed, by its ``run``, where some did.
    """

    groups: Groups
    best: Best | None
    arrivals: Arrivals
    verdicts: Verdicts
    target: float
    smoothed: int
    itself: Verdict | None
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def table(self) -> pl.DataFrame:
        """The rows that are compared, the best first."""
        return self.groups.table if self.best is None else self.best.table


def compared(
    table: pl.DataFrame,
    curves: Mapping[str, Sequence[Metric]],
    target: float,
    smoothed: int = SMOOTHED,
    best: str | None = None,
) -> Compared:
    """Group, rank and judge the runs of a table.

    Parameters
    ----------
    table, curves
        See `sim.report.grouping.grouped`.
    target, smoothed
        See `sim.report.comparison.with_target`.
    best
        The column of whose values only the best group each is compared; None: all are.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    groups = grouped(table, curves)
    groups = groups._replace(table=with_target(groups.table, groups.curves, target, smoothed))
    waited = arrivals(groups.table, groups.curves, groups.seeds)
    rows = [row | _bounded(list(waited[row["run"]].values())) for row in groups.table.to_dicts()]
    groups = groups._replace(table=table_of(rows))
    chosen = None if best is None else best_of(groups.table, best)
    shown = groups.table if chosen is None else chosen.table
    found = verdicts(shown, waited, groups.seeds)
    itself = against_itself(found.criterion, str(shown["run"][0]), waited, groups.seeds)
    return Compared(groups, chosen, waited, found, target, smoothed, itself)


def _bounded(group: Sequence[Waited]) -> dict[str, float | None]:
    """What is known of the time to the target of a group of which somebody got there."""
    names = [f"report.{name}_seconds{end}" for name in ("restricted", "median") for end in ("", "_low", "_high")]
    figures: dict[str, float | None] = dict.fromkeys(["report.horizon_seconds", *names])
    if any(each.reached for each in group):
        bound, middle = horizon(group), median(group)
        ends = (*restricted_mean(group, bound)[:3], *((None, None, None) if middle is None else middle[:3]))
        figures = {"report.horizon_seconds": bound, **dict(zip(names, ends, strict=True))}
    return figures

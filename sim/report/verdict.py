"""What the seeds say of algorithms side by side: who can be told from the first, and by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.evidence.censored import Waited, horizon, restricted
from sim.evidence.difference import Difference, compare, holm
from sim.report.comparison import raced
from sim.results.rows import Metric, Summary
from sim.results.series import waited as waited_for

if TYPE_CHECKING:
    import polars as pl

#: How long each seed of each group waited for the target: run of the group -> seed -> time.
Arrivals = Mapping[str, Mapping[int, Waited]]
#: A difference is called one where a chance find is less likely than this.
LEVEL = 0.05


class Criterion(NamedTuple):
    """What algorithms are compared by.

    Attributes
    ----------
    column
        The column of the table, or the field of the summary, that has it.
    less
        Whether less of it is better.
    by
        What is said of algorithms that are compared by it.
    """

    column: str
    less: bool
    by: str


TIME = Criterion("report.seconds_to_target", True, "by the time to the target")
FIGURES = (
    Criterion("best_test_accuracy", False, "by their best test accuracy"),
    Criterion("final_test_rmse", True, "by their final test RMSE"),
    Criterion("samples_per_second", False, "by the samples that they process per virtual second"),
)


@dataclass(frozen=True)
class Verdict:
    """One row of a table beside its first.

    Attributes
    ----------
    difference
        Of its figures and those of the first.
    p
        The probability of such a difference by chance, corrected for all comparisons of the table (Holm); None where
        the seeds are too few.
    """

    difference: Difference
    p: float | None

    def ahead(self, criterion: Criterion) -> float:
        """The probability that a run of the first does better than one of this, ties counted half."""
        return self.difference.smaller if criterion.less else 1.0 - self.difference.smaller

    @property
    def told_apart(self) -> bool | None:
        """Whether it can be told from the first; None where the seeds are too few to say."""
        if self.difference.told_apart is None or self.p is None:
            return None
        return self.difference.told_apart and self.p < LEVEL


@dataclass(frozen=True)
class Verdicts:
    """What the seeds say of a table.

    Attributes
    ----------
    criterion
        What its rows are compared by.
    rows
        One of each row but the first, in their order; None where it has no figure to compare.
    """

    criterion: Criterion
    rows: Sequence[Verdict | None]


def arrivals(
    table: pl.DataFrame, curves: Mapping[str, Sequence[Metric]], seeds: Mapping[str, Mapping[int, Summary]]
) -> Arrivals:
    """How long each seed of each row waited for the target; who has diverged, or stalled, would wait for ever.

    Parameters
    ----------
    table
        From :func:`sim.report.comparison.with_target`.
    curves, seeds
        Those of its rows, as :class:`sim.report.grouping.Groups` has them.
    """
    return {row["run"]: waits_of(row, curves[row["run"]], seeds[row["run"]]) for row in table.to_dicts()}


def verdicts(table: pl.DataFrame, waited: Arrivals, seeds: Mapping[str, Mapping[int, Summary]]) -> Verdicts:
    """Compare every row of a table with its first.

    Parameters
    ----------
    table
        From :func:`sim.report.comparison.with_target`, the best first.
    waited
        From :func:`arrivals`.
    seeds
        As :class:`sim.report.grouping.Groups` has them.
    """
    first, *others = table["run"].to_list()
    criterion = _criterion(table)
    if criterion is TIME:
        found = [by_time(waited[first], waited[other]) for other in others]
    else:
        found = [_by_figure(criterion, seeds[first], seeds[other]) for other in others]
    known = iter(corrected([each for each in found if each is not None]))
    return Verdicts(criterion, [None if each is None else next(known) for each in found])


def corrected(differences: Sequence[Difference]) -> list[Verdict]:
    """What differences come to where all of them have been looked at (Holm)."""
    p = iter(holm([each.p for each in differences if each.p is not None]))
    return [Verdict(each, None if each.p is None else next(p)) for each in differences]


def against_itself(
    criterion: Criterion, run: str, waited: Arrivals, seeds: Mapping[str, Mapping[int, Summary]]
) -> Verdict | None:
    """A group against itself, every other seed against those between (A/A); None of fewer than four seeds."""
    ordered = sorted(seeds[run])
    if len(ordered) < 4:
        return None
    halves = [{*ordered[::2]}, {*ordered[1::2]}]
    if criterion is TIME:
        times = [{seed: each for seed, each in waited[run].items() if seed in half} for half in halves]
        found = by_time(*times)
    else:
        found = _by_figure(criterion, *({seed: seeds[run][seed] for seed in half} for half in halves))
    return None if found is None else Verdict(found, found.p)


def waits_of(row: Mapping[str, Any], curve: Sequence[Metric], seeds: Mapping[int, Summary]) -> dict[int, Waited]:
    """How long each seed of a group waited for its row's ``report.target``; for ever, if it has diverged or stalled."""
    found = waited_for(curve, row["report.target"])
    for seed, summary in seeds.items():
        if raced(row) and summary.seconds_to_target is not None:
            found[seed] = Waited(summary.seconds_to_target, True)
        elif summary.status in ("diverged", "stalled") and seed in found and not found[seed].reached:
            found[seed] = Waited(math.inf, False)
    return found


def _criterion(table: pl.DataFrame) -> Criterion:
    if table["report.seeds_reached"].max():
        return TIME
    return next((each for each in FIGURES if table[each.column][0] is not None), FIGURES[-1])


def by_time(first: Mapping[int, Waited], other: Mapping[int, Waited]) -> Difference | None:
    """By the waiting times up to the bound that both have in common; None where nothing is known of who is faster."""
    if not first or not other:
        return None
    bound = horizon(first.values(), other.values())
    groups = [{seed: restricted(each, bound) for seed, each in group.items()} for group in (first, other)]
    if all(seconds == bound for group in groups for seconds in group.values()):
        return None  # one was cut off before anybody got there: nothing is known of which is the faster
    return compare(*groups)


def _by_figure(criterion: Criterion, first: Mapping[int, Summary], other: Mapping[int, Summary]) -> Difference | None:
    groups = [
        {seed: value for seed, summary in group.items() if (value := getattr(summary, criterion.column)) is not None}
        for group in (first, other)
    ]
    return compare(*groups) if all(groups) else None

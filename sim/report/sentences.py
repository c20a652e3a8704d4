"""What is said of runs side by side: who was first, whom the seeds can tell from it, and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.report.compared import Compared
from sim.report.comparison import Comparison, comparisons
from sim.report.verdict import TIME, Criterion, Verdict, Verdicts
from sim.results.units import Unit, duration, level, number, percent, time_unit


class Said(NamedTuple):
    """What stands over a comparison.

    Attributes
    ----------
    headline
        Who was first, as pieces of text, of which every second one is a run's name.
    lead
        Sentences on the others.
    """

    headline: Sequence[str]
    lead: Sequence[str]


class Beside(NamedTuple):
    """What a table says of a row beside its first.

    Attributes
    ----------
    effect
        The difference as text, with ``≈`` before one that cannot be told from none.
    interval
        Its 95 % interval as text; empty where there is none.
    ahead
        How often the first does better, 0 to 1.
    """

    effect: str
    interval: str
    ahead: float


def said_of(rows: Sequence[Comparison], verdicts: Verdicts, target: float) -> Said:
    """Sentences of rows, the best first, at a target (test accuracy)."""
    others, criterion = _tied(rows, verdicts), verdicts.criterion
    if others and criterion.column != "best_test_accuracy":
        how = f"by the time to {level(target)} test accuracy" if criterion is TIME else criterion.by
        pieces = ["", rows[0].label, f" and {others} cannot be told apart {how}"]
    else:
        pieces = _of_first(rows, criterion, target)
    return Said(pieces, list(_lead(rows, verdicts, target)))


def _tied(rows: Sequence[Comparison], verdicts: Verdicts) -> str:
    """Who cannot be told from the first; empty where there is nobody."""
    verdict_of = zip(rows[1:], verdicts.rows, strict=True)
    tied = [row for row, verdict in verdict_of if verdict is not None and verdict.told_apart is False]
    return f"{len(tied)} others" if len(tied) > 1 else "".join(row.label for row in tied)


def _of_first(rows: Sequence[Comparison], criterion: Criterion, target: float) -> list[str]:
    first, summary = rows[0], rows[0].summary
    if criterion is TIME:
        when = first.arrival
        if when.seconds is None:
            return [
                "",
                first.label,
                f" reached {level(target)} test accuracy with {when.reached} of {when.seeds} seeds",
            ]
        after = duration(when.seconds, None, when.seconds_ci95)
        return ["", first.label, f" reached {level(target)} test accuracy first, after {after}"]
    if criterion.column == "best_test_accuracy":
        return [f"No run reached {level(target)} test accuracy"]
    if criterion.column == "final_test_rmse":
        return ["", first.label, f" ended with the lowest test RMSE, {number(summary.final_test_rmse)}"]
    if summary.samples_per_second is None:
        return [f"{len(rows)} run{'' if len(rows) == 1 else 's'} without a test accuracy"]
    return ["", first.label, f" processed the most samples per virtual second, {number(summary.samples_per_second)}"]


def _lead(rows: Sequence[Comparison], verdicts: Verdicts, target: float) -> Iterator[str]:
    """Sentences on the second and the last, and on those that never got there."""
    first, criterion = rows[0], verdicts.criterion
    if criterion.column == "best_test_accuracy":
        others, best = _tied(rows, verdicts), percent(first.summary.best_test_accuracy, 1)
        if others:
            yield f"{first.label}, {best}, and {others} came closest and cannot be told apart."
        else:
            yield f"{first.label} came closest: {best}."
    elif criterion is not TIME:
        yield "These runs measure no test accuracy."
    judged = [(row, each) for row, each in zip(rows[1:], verdicts.rows, strict=True) if each is not None]
    if criterion is TIME:
        judged = [(row, each) for row, each in judged if row.arrival.reached]
    for row, verdict in [*judged[:1], *judged[1:][-1:]]:
        yield f"{row.label} {_did(row, first, criterion)}{_seeds(verdict, criterion)}."
    unsure = sum(each.told_apart is None for _, each in judged)
    if unsure and all(row.arrival.seeds == 1 for row in rows):
        yield "Of one seed each: the order may be chance."
    elif unsure:
        yield f"{unsure} of them have too few seeds to tell: their place may be chance."
    missed = sum(not row.arrival.reached for row in rows) if criterion is TIME else 0
    if missed:
        yield f"{missed} of {len(rows)} did not reach it."


def _did(row: Comparison, first: Comparison, criterion: Criterion) -> str:
    if criterion is not TIME:
        return f"came to {_figure(row, criterion)}"
    if row.arrival.seconds is None:
        return f"got there with {row.arrival.reached} of {row.arrival.seeds} seeds"
    ratio = ""
    if first.arrival.seconds:
        ratio = f" ({number(row.arrival.seconds / first.arrival.seconds, 2)}× as long)"
    return f"needed {duration(row.arrival.seconds)}{ratio}"


def _figure(row: Comparison, criterion: Criterion) -> str:
    value = getattr(row.summary, criterion.column)
    return percent(value, 1) if criterion.column == "best_test_accuracy" else number(value)


def _seeds(verdict: Verdict, criterion: Criterion) -> str:
    """What the seeds say of a row beside the first."""
    found = verdict.difference
    if verdict.told_apart is None:
        return ""
    over = f"{found.n} seeds in pairs" if found.paired else f"{found.n} runs of different seeds"
    told = f"p = {number(verdict.p, 2)}, told apart" if verdict.told_apart else "cannot be told apart"
    return f", {difference(verdict, criterion)} by {over}: {told}"


def against_itself(found: Compared) -> str:
    """How the first row differs from itself under other seeds; empty where it has too few."""
    if found.itself is None or found.itself.told_apart is None:
        return ""
    label, verdict = comparisons(found.table)[0].label, found.itself
    told = "told apart, though it is the same" if verdict.told_apart else "cannot be told apart"
    return f"A/A, {label} against itself under other seeds: {difference(verdict, found.verdicts.criterion)}, {told}."


def unit_of_differences(found: Compared) -> Unit:
    """The one unit in which a table has the differences from its first row, in that of the criterion."""
    criterion = found.verdicts.criterion
    if criterion is not TIME:
        return Unit("points", 0.01) if criterion.column == "best_test_accuracy" else Unit("", 1.0)
    effects = [abs(each.difference.effect) for each in found.verdicts.rows if each is not None]
    return time_unit(max(filter(math.isfinite, effects), default=0.0))


def differences(found: Compared, unit: Unit) -> dict[str, Beside]:
    """What a table says of each row beside the first, by its run; nothing where seeds are too few.

    Parameters
    ----------
    found
        What is compared.
    unit
        That of the column, see `unit_of_differences`.
    """
    runs, verdicts = found.table["run"].to_list(), found.verdicts
    said = {}
    for run, verdict in zip(runs[1:], verdicts.rows, strict=True):
        if verdict is not None and verdict.told_apart is not None:
            mark = "" if verdict.told_apart else "≈ "
            effect, low, high = verdict.difference[:3]
            interval = "" if low is None else f"[{_signed(low / unit.size)}, {_signed((high or 0.0) / unit.size)}]"
            said[run] = Beside(f"{mark}{_signed(effect / unit.size)}", interval, verdict.ahead(verdicts.criterion))
    return said


def difference(verdict: Verdict, criterion: Criterion) -> str:
    """The difference of a row from the first with its interval: ``+1.7 s [+1.2, +2.2]``."""
    found = verdict.difference
    size, name = 1.0, ""
    if criterion is TIME:
        unit = time_unit(max(abs(each) for each in found[:3] if each is not None))
        size, name = unit.size, f"\N{NO-BREAK SPACE}{unit.name}"
    elif criterion.column == "best_test_accuracy":
        size, name = 0.01, "\N{NO-BREAK SPACE}%"
    interval = "" if found.low is None else f" [{_signed(found.low / size)}, {_signed((found.high or 0.0) / size)}]"
    return f"{_signed(found.effect / size)}{name}{interval}"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value), 3)}"

"""What a person reads in the terminal: many runs side by side, and one at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sim.measuring.target import EXACT
from sim.report.compared import Compared
from sim.report.comparison import Comparison, comparisons
from sim.report.label import common
from sim.report.over_tasks import OverTasks
from sim.report.sentences import against_itself, said_of
from sim.report.verdict import TIME
from sim.results.glance import print_summary as print_summary
from sim.results.glance import score as score
from sim.results.units import MISSING, level, number, percent, time_unit

if TYPE_CHECKING:
    from rich.console import Console

    from sim.report.fitted_table import Column


#: Where all columns are, whatever the width.
_ELSEWHERE = "report.html and groups.csv"
#: As many rows as anybody reads in a terminal.
_MOST = 60
_WENT = "compute /\ncommunicate\n/ wait (%)"


def compare(found: Compared, console: Console, remarks: Sequence[str] = ()) -> None:
    """Print a row per group of runs, the best first, and what is to be said of them all.

    Parameters
    ----------
    found
        What is compared.
    console
        Where to.
    remarks
        What is to be said besides how sure the order is, and how exact the times are.
    """
    from sim.report.fitted_table import fitted

    rows, target, over = comparisons(found.table), found.target, found.smoothed
    columns, cells = zip(*_filled(_columns(found, rows)), strict=True)
    table = fitted(columns, list(zip(*cells, strict=True))[:_MOST], console.width)
    alike = common(found.table.to_dicts())
    if alike:
        console.print(f"\nall: {alike}", style="dim", markup=False, soft_wrap=True)
    console.print(table.table)
    said = said_of(rows, found.verdicts, target)
    itself = against_itself(found)
    notes = [
        *table.said(_ELSEWHERE),
        *([f"the first {_MOST} of {len(rows)}; all are in {_ELSEWHERE}"] if len(rows) > _MOST else []),
        "".join(said.headline),
        *said.lead,
        *([itself] if itself else []),
        *_notes(rows, over, means=_means(rows), tied=found.verdicts.criterion is TIME and any(_tied(found))),
        *remarks,
    ]
    for note in notes:
        console.print(note, style="dim", markup=False, soft_wrap=True)
    if notes:
        console.print()


def compare_over_tasks(found: OverTasks, console: Console) -> None:
    """Print a row for each value of a key, over all tasks."""
    from sim.report.fitted_table import Column, fitted

    first, *others = found.heads
    columns = [Column(first), *(Column(head, -place) for place, head in enumerate(others))]
    table = fitted(columns, list(found.cells()), console.width, found.title)
    console.print(table.table)
    for note in table.said("report.html"):
        console.print(note, style="dim", markup=False, soft_wrap=True)


def _filled(columns: Iterable[tuple[Column, Sequence[str]]]) -> Iterator[tuple[Column, Sequence[str]]]:
    """Those columns in which some run has something."""
    return ((column, cells) for column, cells in columns if any(cell != MISSING for cell in cells))


def _columns(found: Compared, rows: Sequence[Comparison]) -> Iterator[tuple[Column, Sequence[str]]]:
    """The columns with their cells; one of the time to an accuracy only where one is measured."""
    from sim.report.fitted_table import Column

    yield Column("run"), [row.label for row in rows]
    if any(row.arrival.seeds > 1 or row.summary.status == "stalled" for row in rows):
        yield Column("seeds", 6), [_seeds(row, found.failed.get(row.run, 0)) for row in rows]
    if any(row.summary.best_test_accuracy is not None for row in rows):
        unit = time_unit(max((row.arrival.seconds or 0.0 for row in rows), default=0.0))
        tied = zip(rows, _tied(found), strict=True)
        to_target = [_arrival(row, unit.size, tied=close) for row, close in tied]
        yield Column(f"{unit.name} to\n{level(found.target)}", 9), to_target
        if _means(rows):
            means = [MISSING if row.smoothed is None else number(row.smoothed / unit.size) for row in rows]
            yield Column(f"mean\nof {found.smoothed}", 3), means
        yield Column("updates\nto it", 5), [number(row.arrival.updates) for row in rows]
    if found.verdicts.criterion.column == "samples_per_second":
        yield Column("samples/s", 8), [number(row.summary.samples_per_second) for row in rows]
    yield _final(rows)
    if not all(row.summary.untroubled for row in rows):
        yield Column("crashes", 3), [number(row.summary.crashes) for row in rows]
        yield Column("good-\nput", 4), [percent(row.summary.goodput) for row in rows]
    yield Column("updates", 2), [number(row.summary.updates) for row in rows]
    yield Column("mean\nstale-\nness", 1), [number(row.summary.mean_staleness, 2) for row in rows]
    yield Column(_WENT, 4), [_shares(row) for row in rows]


def _tied(found: Compared) -> list[bool]:
    """Which rows cannot be told from the first."""
    return [False, *(verdict is not None and verdict.told_apart is False for verdict in found.verdicts.rows)]


def _final(rows: Sequence[Comparison]) -> tuple[Column, Sequence[str]]:
    """How well they ended, with what that is: once over the column where it is the same in all rows."""
    from sim.report.fitted_table import Column

    scores = [score(row.summary).partition(",")[0] for row in rows]  # beside it stands how many diverged
    for kind in ("loss", "RMSE"):
        if all(each.startswith(f"{kind} ") for each in scores):
            return Column(f"final\n{kind}", 7), [each.removeprefix(f"{kind} ") for each in scores]
    return Column("final", 7), scores


def _shares(row: Comparison) -> str:
    return MISSING if row.shares is None else "/".join(f"{100 * share:3.0f}" for share in row.shares)


def _means(rows: Sequence[Comparison]) -> bool:
    return any(row.smoothed is not None for row in rows)


def _notes(rows: Sequence[Comparison], over: int, *, means: bool, tied: bool) -> Iterator[str]:
    """How exact the times to the target are."""
    if tied:
        yield "≈: cannot be told from the first"
    if any(row.arrival.reached and row.arrival.seconds is None for row in rows):
        yield "≥: seeds did not get there; the mean of what was waited up to the bound of the first that was cut off"
    if any(_coarse(row) for row in rows):
        yield f"−: so much earlier it may have been there, where over {percent(EXACT)} of the time"
    if over > 1 and means:
        yield f"mean of {over}: when the mean of {over} evaluations in a row was first there"
    elif over > 1 and any(row.arrival.reached for row in rows):
        yield f"mean of {over} evaluations: never there; until.smoothed_over={over} lets runs go on"


def _arrival(row: Comparison, size: float, *, tied: bool) -> str:
    if row.arrival.seconds is None:
        if not row.arrival.reached:
            return MISSING
        return f"≥ {number((row.restricted or 0.0) / size)}"
    margin, early = row.arrival.seconds_ci95, row.arrival.uncertainty or 0.0
    lines = [f"{'≈ ' if tied else ''}{number(row.arrival.seconds / size)}"]
    lines += [] if margin is None else [f"± {number(margin / size, 2)}"]
    lines += [f"− {number(early / size, 2)}"] if _coarse(row) else []
    return "\n".join(lines)


def _seeds(row: Comparison, failed: int) -> str:
    """How many there are, how many of them got there where not all did, and how many diverged, and failed besides."""
    some = 0 < row.arrival.reached < row.arrival.seeds
    lines = [f"{row.arrival.reached} of {row.arrival.seeds}" if some else f"{row.arrival.seeds}"]
    diverged = row.summary.diverged_replicas or 0
    lines += [f"{count} {what}" for count, what in ((diverged, "diverged"), (failed, "failed")) if count]
    lines += ["stalled"] if row.summary.status == "stalled" else []
    return "\n".join(lines)


def _coarse(row: Comparison) -> bool:
    """Whether it may have been at the target much earlier than is known."""
    return (row.arrival.uncertainty or 0.0) > EXACT * (row.arrival.seconds or 0.0)

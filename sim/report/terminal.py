"""What a person reads in the terminal: many runs side by side, and one at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.measuring.target import EXACT
from sim.report.compared import Compared
from sim.report.comparison import Comparison, comparisons
from sim.report.over_tasks import OverTasks
from sim.report.sentences import against_itself, said_of
from sim.report.verdict import TIME
from sim.results.glance import print_summary as print_summary
from sim.results.glance import score as score
from sim.results.units import MISSING, level, number, percent, time_unit

if TYPE_CHECKING:
    from rich.console import Console


#: Columns of a terminal that a run's name has at the least.
_LEAST = 12
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
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows, target, over = comparisons(found.table), found.target, found.smoothed
    unit = time_unit(max((row.arrival.seconds or 0.0 for row in rows), default=0.0))
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    drawn.add_column("run", overflow="fold", min_width=_LEAST)
    means = any(row.smoothed is not None for row in rows)
    mean = [f"mean\nof {over}"] if means else []
    several = any(row.arrival.seeds > 1 for row in rows)
    seeds = ["seeds"] if several else []
    names = (*seeds, f"{unit.name} to\n{level(target)}", *mean, "updates\nto it", "final", "updates")
    for name in (*names, "mean\nstale-\nness", _WENT):
        drawn.add_column(name, justify="right", no_wrap=True)
    tied = [False, *(verdict is not None and verdict.told_apart is False for verdict in found.verdicts.rows)]
    for row, close in zip(rows, tied, strict=True):
        cells = (
            *([_seeds(row, found.failed.get(row.run, 0))] if several else []),
            _arrival(row, unit.size, tied=close),
            *([MISSING if row.smoothed is None else number(row.smoothed / unit.size)] if means else []),
            number(row.arrival.updates),
            score(row.summary).partition(",")[0],  # beside it stands how many diverged
            number(row.summary.updates),
            number(row.summary.mean_staleness, 2),
            MISSING if row.shares is None else "/".join(f"{100 * share:3.0f}" for share in row.shares),
        )
        drawn.add_row(Text(row.label), *(Text(cell) for cell in cells))
    console.print(drawn)
    said = said_of(rows, found.verdicts, target)
    itself = against_itself(found)
    notes = [
        "".join(said.headline),
        *said.lead,
        *([itself] if itself else []),
        *_notes(rows, over, means=means, tied=found.verdicts.criterion is TIME and any(tied)),
        *remarks,
    ]
    for note in notes:
        console.print(note, style="dim", markup=False, soft_wrap=True)
    if notes:
        console.print()


def compare_over_tasks(found: OverTasks, console: Console) -> None:
    """Print a row for each value of a key, over all tasks."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title=found.title, title_justify="left")
    for name in found.heads:
        drawn.add_column(name, justify="left" if name == found.heads[0] else "right")
    for row in found.cells():
        drawn.add_row(*map(Text, row))
    console.print(drawn)


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
    return "\n".join(lines)


def _coarse(row: Comparison) -> bool:
    """Whether it may have been at the target much earlier than is known."""
    return (row.arrival.uncertainty or 0.0) > EXACT * (row.arrival.seconds or 0.0)

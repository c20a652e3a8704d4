"""What a person reads in the terminal: many runs side by side, and one at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.measuring.target import EXACT
from sim.report.comparison import Comparison, comparisons, smoothed_over, target_of
from sim.results.glance import print_summary as print_summary
from sim.results.glance import score as score
from sim.results.units import MISSING, level, number, percent, time_unit

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console


_WENT = "compute /\ncommunicate\n/ wait (%)"


def compare(table: pl.DataFrame, console: Console, remarks: Sequence[str] = ()) -> None:
    """Print a row per run, in the order of the table, and what is to be said of them all.

    Parameters
    ----------
    table
        From :func:`sim.report.collect.collect`, at best after :func:`sim.report.comparison.with_target`.
    console
        Where to.
    remarks
        What is to be said besides how exact the times are.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows, target, over = comparisons(table), target_of(table), smoothed_over(table)
    unit = time_unit(max((row.arrival.seconds or 0.0 for row in rows), default=0.0))
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    drawn.add_column("run", overflow="fold")
    goal = level(target) if target is not None else "target"
    mean = "smoothed" if over is None else f"mean\nof {over}"
    means = any(row.smoothed is not None for row in rows)
    names = (f"{unit.name} to\n{goal}", *([mean] if means else []), "updates\nto it", "final", "updates")
    for name in (*names, "mean\nstale-\nness", _WENT):
        drawn.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        cells = (
            _arrival(row, unit.size),
            *([MISSING if row.smoothed is None else number(row.smoothed / unit.size)] if means else []),
            number(row.arrival.updates),
            score(row.summary),
            number(row.summary.updates),
            number(row.summary.mean_staleness, 2),
            MISSING if row.shares is None else "/".join(f"{100 * share:3.0f}" for share in row.shares),
        )
        drawn.add_row(Text(row.label), *(Text(cell) for cell in cells))
    console.print(drawn)
    notes = [*_notes(rows, over, means=means), *remarks]
    for note in notes:
        console.print(note, style="dim", markup=False, soft_wrap=True)
    if notes:
        console.print()


def _notes(rows: Sequence[Comparison], over: int | None, *, means: bool) -> Iterator[str]:
    """How exact the times to the target are."""
    if any(_coarse(row) for row in rows):
        yield f"−: so much earlier it may have been there, where over {percent(EXACT)} of the time"
    if over is not None and over > 1 and means:
        yield f"mean of {over}: when the mean of {over} evaluations in a row was first there"
    elif over is not None and over > 1 and any(row.arrival.reached for row in rows):
        yield f"mean of {over} evaluations: never there; until.smoothed_over={over} lets runs go on"


def _arrival(row: Comparison, size: float) -> str:
    if row.arrival.seconds is None:
        return f"{row.arrival.reached} of {row.arrival.seeds} seeds" if row.arrival.reached else MISSING
    margin, early = row.arrival.seconds_ci95, row.arrival.uncertainty or 0.0
    lines = [number(row.arrival.seconds / size)]
    lines += [] if margin is None else [f"± {number(margin / size, 2)}"]
    lines += [f"− {number(early / size, 2)}"] if _coarse(row) else []
    return "\n".join(lines)


def _coarse(row: Comparison) -> bool:
    """Whether it may have been at the target much earlier than is known."""
    return (row.arrival.uncertainty or 0.0) > EXACT * (row.arrival.seconds or 0.0)

"""The columns of the page's table: what each of them has of every row, in one unit, which stands in its head."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sim.printable import printable
from sim.report.compared import Compared
from sim.report.comparison import Comparison
from sim.report.sentences import differences, unit_of_differences
from sim.report.wires import Wires
from sim.results.busiest import rate, words
from sim.results.rows import Summary
from sim.results.units import MISSING, Unit, byte_unit, level, number, time_unit

_NONE, _PERCENT = Unit("", 1.0), Unit("%", 0.01)
_SPACE = "\N{NO-BREAK SPACE}"
#: Seeds that differ by less than this part of a figure do so by rounding.
_ROUNDING = 1e-9
#: Shares are told in whole per cent, accuracies with one decimal.
_WHOLE = "{:.0f}".format
_TENTHS = "{:.1f}".format


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    head
        What stands over it, with the unit.
    cells
        What it has of each row, as HTML; "" or `MISSING` where that is nothing.
    """

    head: str
    cells: Sequence[str]

    @property
    def empty(self) -> bool:
        """Whether it has nothing of any row."""
        return all(cell in ("", MISSING) for cell in self.cells)


def columns(rows: Sequence[Comparison], found: Compared, wired: Mapping[str, Wires]) -> list[Column]:
    """Those that have something of at least one row; how fast it went first where nothing was learned.

    Parameters
    ----------
    rows
        The best first.
    found
        What the page shows.
    wired
        What the links of runs come to, by the run's directory, where the page says so.
    """
    learned = [column for column in (*_race(rows, found), *_learned(rows)) if not column.empty]
    first, *others = [*learned, *_shares(rows, {})] if learned else [*_speed(rows, wired), *_shares(rows, wired)]
    every = [first, *_beside(rows, found), _seeds(rows, found.failed), *others, *_faults(rows), *_cost(rows)]
    return [column for column in every if not column.empty]


def _race(rows: Sequence[Comparison], found: Compared) -> Iterator[Column]:
    """When the target was reached."""
    unit = _unit_of_times([row.arrival.seconds or row.restricted for row in rows])
    to = f"time to {level(found.target)} ({unit.name})"
    yield Column(to, [_time_cell(row, unit) for row in rows])
    early = [row.arrival.uncertainty or None for row in rows]
    yield _amounts("early by at most", early, unit)
    yield _amounts(f"mean of {found.smoothed} there", [row.smoothed for row in rows], unit)
    yield _amounts("updates to it", [row.arrival.updates for row in rows], _NONE)


def _beside(rows: Sequence[Comparison], found: Compared) -> Iterator[Column]:
    """What it is beside the first, and what the seeds say of that."""
    first, times = rows[0].arrival.seconds, [row.arrival.seconds for row in rows]
    yield _amounts("times the first", [each / first if each and first else None for each in times], _NONE)
    unit = unit_of_differences(found)
    said = differences(found, unit)
    told = [said.get(row.run) for row in rows]
    cells = ["" if each is None else f"{each.effect}<small>{each.interval}</small>" for each in told]
    yield Column(_with("beside the first", unit), cells)
    yield _amounts(
        "first ahead (%)", [None if each is None else each.ahead for each in told], _PERCENT, _WHOLE, in_head=False
    )


def _learned(rows: Sequence[Comparison]) -> Iterator[Column]:
    """How well it was learned."""
    summaries = [row.summary for row in rows]
    losses = [None if _scored(each) else _loss(each) for each in summaries]
    ends = [
        _figures("accuracy at the end", summaries, "final_test_accuracy", _PERCENT, _TENTHS),
        _figures("RMSE at the end", summaries, "final_test_rmse"),
        _amounts("loss at the end", losses, _NONE),
    ]
    first, *others = [end for end in ends if not end.empty] or ends[:1]
    yield from (_with_diverged(first, summaries), *others)
    worst = [_worst(each.mean_worker_loss, each.worst_worker_loss) for each in summaries]
    yield Column("workers’ own losses, mean (worst)", worst)
    yield _figures("consensus distance", summaries, "consensus_distance")


def _speed(rows: Sequence[Comparison], wired: Mapping[str, Wires]) -> Iterator[Column]:
    """How fast it went, and what of it was communication."""
    summaries = [row.summary for row in rows]
    yield _figures("samples per second", summaries, "samples_per_second")
    epochs = _unit_of_times([each.seconds_per_epoch for each in summaries])
    yield _figures("time per epoch", summaries, "seconds_per_epoch", epochs)
    known = [wired.get(row.run) for row in rows]
    yield Column("busiest link (% utilised)", ["" if each is None else _link(each) for each in known])
    hidden = [None if each is None else each.hidden for each in known]
    yield _amounts("hidden communication, at least (%)", hidden, _PERCENT, _WHOLE, in_head=False)


def _shares(rows: Sequence[Comparison], wired: Mapping[str, Wires]) -> Iterator[Column]:
    """Where the workers' time went."""
    summaries = [row.summary for row in rows]
    exposed = "exposed communication" if wired else "communicate"
    if wired:
        yield _figures(exposed, summaries, "communicate_fraction", _PERCENT, _WHOLE)
    yield _figures("compute", summaries, "compute_fraction", _PERCENT, _WHOLE)
    if not wired:
        yield _figures(exposed, summaries, "communicate_fraction", _PERCENT, _WHOLE)
    yield _figures("wait", summaries, "wait_fraction", _PERCENT, _WHOLE)


def _faults(rows: Sequence[Comparison]) -> Iterator[Column]:
    """What went wrong and what that cost; nothing where nothing could in any run."""
    summaries = [row.summary for row in rows]
    if all(each.untroubled for each in summaries):
        return
    yield _figures("crashes", summaries, "crashes")
    yield _figures("goodput", summaries, "goodput", _PERCENT, _WHOLE)
    seconds = _unit_of_times([each.downtime_seconds for each in summaries])
    yield _figures("workers down", summaries, "downtime_seconds", seconds)
    if any(each.lost_updates for each in summaries):
        yield _figures("updates undone", summaries, "lost_updates")


def _cost(rows: Sequence[Comparison]) -> Iterator[Column]:
    """What it took."""
    summaries = [row.summary for row in rows]
    stale = _figures("staleness, mean (largest)", summaries, "mean_staleness")
    largest = [f" ({number(each.max_staleness)})" if each.max_staleness else "" for each in summaries]
    yield Column(stale.head, [_inserted(cell, more) for cell, more in zip(stale.cells, largest, strict=True)])
    yield _figures("updates", summaries, "updates")
    yield _figures("updates per second", summaries, "updates_per_second")
    sent = byte_unit(max((each.bytes_sent or 0.0 for each in summaries), default=0.0))
    yield _figures("sent", summaries, "bytes_sent", sent)
    seconds = _unit_of_times([each.virtual_seconds for each in summaries])
    yield _figures("virtual time", summaries, "virtual_seconds", seconds)


def _figures(
    head: str,
    summaries: Sequence[Summary],
    name: str,
    unit: Unit = _NONE,
    said: Callable[[float], str] = number,
) -> Column:
    """A figure of the summary, with half its 95 % interval in small print where there are several seeds."""
    values = [getattr(each, name) for each in summaries]
    margins = [each.ci95.get(name) for each in summaries]
    return _amounts(head, values, unit, said, margins)


def _amounts(
    head: str,
    values: Sequence[float | None],
    unit: Unit,
    said: Callable[[float], str] = number,
    margins: Sequence[float | None] = (),
    *,
    in_head: bool = True,
) -> Column:
    cells = [
        (said(value / unit.size) if value is not None and math.isfinite(value) else MISSING)
        + (
            f"<small>±{_SPACE}{number(margin / unit.size, 2)}</small>"
            if margin and margin > _ROUNDING * abs(value or 0)
            else ""
        )
        for value, margin in zip(values, margins or [None] * len(values), strict=True)
    ]
    return Column(_with(head, unit) if in_head else head, cells)


def _with(head: str, unit: Unit) -> str:
    return f"{head} ({unit.name})" if unit.name else head


def _unit_of_times(seconds: Sequence[float | None]) -> Unit:
    return time_unit(max((each for each in seconds if each is not None and math.isfinite(each)), default=0.0))


def _time_cell(row: Comparison, unit: Unit) -> str:
    """The time with, in small print, its margin."""
    found = row.arrival
    if found.seconds is None:
        if not found.reached:
            return MISSING
        return f"≥{_SPACE}{number((row.restricted or 0.0) / unit.size)}"
    margin = found.seconds_ci95
    small = "" if margin is None else f"<small>±{_SPACE}{number(margin / unit.size, 2)}</small>"
    return number(found.seconds / unit.size) + small


def _seeds(rows: Sequence[Comparison], failed: Mapping[str, int]) -> Column:
    """How many there are, and what has become of those that are not like the others."""
    cells = []
    for row in rows:
        diverged = row.summary.diverged_replicas or (row.arrival.seeds == 1 and row.summary.status == "diverged")
        reached = row.arrival.reached if row.arrival.reached < row.arrival.seeds else 0
        stalled = row.summary.status == "stalled"
        others = (
            (f"{reached} reached" if reached else ""),
            (f"{int(diverged)} diverged" if diverged else ""),
            ("stalled" if stalled else ""),
            (f"{failed[row.run]} failed" if failed.get(row.run) else ""),
        )
        said = "".join(f"<small>{what}</small>" for what in others if what)
        cells.append(f"{max(row.arrival.seeds, 1)}{said}")
    return Column("seeds", cells)


def _with_diverged(end: Column, summaries: Sequence[Summary]) -> Column:
    """How well runs ended, and which have diverged so that there is no figure."""
    return Column(
        end.head,
        [
            "diverged" if each.status == "diverged" and not _scored(each) and _loss(each) is None else cell
            for cell, each in zip(end.cells, summaries, strict=True)
        ],
    )


def _scored(summary: Summary) -> bool:
    return summary.final_test_accuracy is not None or summary.final_test_rmse is not None


def _loss(summary: Summary) -> float | None:
    return summary.final_test_loss if summary.final_test_loss is not None else summary.final_train_loss


def _worst(mean: float | None, worst: float | None) -> str:
    return MISSING if mean is None else f"{number(mean)} ({number(worst)})"


def _inserted(cell: str, more: str) -> str:
    """A cell with something before its small print."""
    figure, small, margin = cell.partition("<small>")
    return f"{figure}{more}{small}{margin}" if figure != MISSING else cell


def _link(found: Wires) -> str:
    link = found.busiest
    share = number(float(f"{100 * link.utilisation:.2g}"), 2)
    return f"{share}<small>{escape(printable(words(link)))}, {rate(link)}</small>"

"""report.html: one page that answers which run reached the target first, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from sim.printable import printable
from sim.report.best import Best
from sim.report.chart import Chart, Line
from sim.report.comparison import SMOOTHED, Comparison, comparisons, smoothed_over, target_of
from sim.report.network.section import network_section
from sim.results.glance import score
from sim.results.rows import Link, Metric
from sim.results.series import Measure, mean, measured
from sim.results.units import MISSING, Unit, data_size, duration, level, number, percent, time_unit
from topologies.field_error import FieldError

if TYPE_CHECKING:
    import polars as pl

#: As many runs as colours and dashes can tell apart; the others are drawn in grey.
_COLOURED = 8
_BARS = 40
_KEY = (
    '<svg class="key {style}" viewBox="0 0 26 10" aria-hidden="true"><line x1="2" x2="24" y1="5" y2="5"></line></svg>'
)
_SHARES = ("compute", "communicate", "wait")


def render(
    table: pl.DataFrame,
    curves: Mapping[str, Sequence[Metric]],
    links: Mapping[str, Sequence[Link]] | None = None,
    best: Best | None = None,
) -> str:
    """The page: complete in itself, readable without scripts, the same text for the same runs.

    Parameters
    ----------
    table
        From :func:`sim.report.comparison.with_target`; the runs are shown in its order.
    curves
        The rows of metrics.csv of every run, by the run's directory (column ``run``).
    links
        The rows of links.csv of the runs whose network is drawn, likewise.
    best
        The runs that are compared; all the others stand in the page's table only. None: all are compared.
    """
    every, target = comparisons(table), target_of(table)
    rows = every if best is None else comparisons(best.table)
    if not rows or target is None:
        raise FieldError("table", "at least one run and a target are needed; use with_target")
    styles = [f"s{place}" if place < _COLOURED else "other" for place in range(len(rows))]
    style_of = {row.run: style for row, style in zip(rows, styles, strict=True)}
    style, script = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    body = "\n".join(
        [
            _header(rows, target, len(every), "" if best is None else best.said),
            _curves(rows, styles, curves, target),
            _table(every, [style_of.get(row.run, "other") for row in every], target, smoothed_over(table) or SMOOTHED),
            _went(rows),
            network_section(rows, links or {}),
            _footer(rows),
        ]
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>paceline report: {len(every)} run{_s(len(every))}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script>
{script}</script>
</body>
</html>
"""


def _header(rows: Sequence[Comparison], target: float, count: int, said: str) -> str:
    reached = [row for row in rows if row.arrival.seconds is not None]
    runs = f"{count} run{_s(count)}"
    if reached:
        first = reached[0]
        headline = (
            f"<b>{escape(first.label)}</b> reached {level(target)} test accuracy first, after "
            f"{duration(first.arrival.seconds, None, first.arrival.seconds_ci95)}"
        )
        lead = " ".join(_lead(reached, len(rows)))
    else:
        headline, lead = _without_target(rows, target)
    if said:
        lead += f" Compared is {escape(said)}."
    return (
        f'<header>\n<p class="kind">paceline report · {runs}</p>\n<h1>{headline}</h1>\n'
        f'<p class="lead">{lead}</p>\n</header>'
    )


def _without_target(rows: Sequence[Comparison], target: float) -> tuple[str, str]:
    """Headline and lead where no run reached the target: who came closest by what the runs do measure."""
    accurate = [row for row in rows if row.summary.best_test_accuracy is not None]
    if accurate:
        best = max(accurate, key=lambda row: row.summary.best_test_accuracy or 0.0)
        lead = f"<b>{escape(best.label)}</b> came closest: {percent(best.summary.best_test_accuracy, 1)}."
        return f"No run reached {level(target)} test accuracy", lead
    none = "These runs measure no test accuracy."
    with_rmse = [row for row in rows if row.summary.final_test_rmse is not None]
    if with_rmse:
        best = min(with_rmse, key=lambda row: row.summary.final_test_rmse or 0.0)
        headline = (
            f"<b>{escape(best.label)}</b> ended with the lowest test RMSE, {number(best.summary.final_test_rmse)}"
        )
        return headline, none
    quick = max(rows, key=lambda row: row.summary.samples_per_second or 0.0)
    if quick.summary.samples_per_second is None:
        return f"{len(rows)} run{_s(len(rows))} without a test accuracy", ""
    rate = number(quick.summary.samples_per_second)
    return f"<b>{escape(quick.label)}</b> processed the most samples per virtual second, {rate}", none


def _lead(reached: Sequence[Comparison], runs: int) -> Iterator[str]:
    """Sentences on how far behind the others were."""
    first = reached[0].arrival.seconds or 0.0
    if len(reached) > 1 and first > 0:
        second, last = reached[1], reached[-1]
        ratio = (second.arrival.seconds or 0.0) / first
        time = duration(second.arrival.seconds)
        yield f"{escape(second.label)} needed {time} ({_times(ratio)} as long)" + ("" if len(reached) > 2 else ".")
        if len(reached) > 2:
            longest = _times((last.arrival.seconds or 0.0) / first)
            yield f"and the slowest of the {len(reached)} that got there, {escape(last.label)}, {longest} as long."
    if missed := runs - len(reached):
        yield f"{missed} run{_s(missed)} did not reach it."


def _curves(
    rows: Sequence[Comparison], styles: Sequence[str], curves: Mapping[str, Sequence[Metric]], target: float
) -> str:
    charts = list(_charts(rows, styles, curves, target))
    if not charts:
        return '<h2>Learning curves</h2>\n<p class="note">These runs measured no accuracy and no loss.</p>'
    entries = [
        f'<li data-focus="{escape(row.label)}">{_KEY.format(style=style)}{escape(row.label)}</li>'
        for row, style in zip(rows, styles, strict=True)
        if style != "other"
    ]
    if len(rows) > _COLOURED:
        entries.append(f"<li>{_KEY.format(style='other')}{len(rows) - _COLOURED} more</li>")
    seeds = max((row.arrival.seeds for row in rows), default=1)
    note = '<p class="note">Thin lines are single seeds, thick ones their mean.</p>' if seeds > 1 else ""
    return (
        f'<h2>Learning curves over virtual time</h2>\n<ul class="legend">\n{chr(10).join(entries)}\n</ul>\n'
        f'<div class="charts">\n{chr(10).join(charts)}\n</div>\n{note}'
    )


def _charts(
    rows: Sequence[Comparison], styles: Sequence[str], curves: Mapping[str, Sequence[Metric]], target: float
) -> Iterator[str]:
    """A figure for each measure that any run took; losses of classification and regression do not share one."""
    pairs = list(zip(rows, styles, strict=True))
    regression = [(row, style) for row, style in pairs if measured(curves[row.run], "test_rmse")]
    others = [(row, style) for row, style in pairs if not measured(curves[row.run], "test_rmse")]
    titles: tuple[tuple[str, list[tuple[Comparison, str]], tuple[Measure, ...]], ...] = (
        ("Test accuracy (%)", others, ("test_accuracy",)),
        ("Test loss", others, ("test_loss", "train_loss")),
        ("Test RMSE", regression, ("test_rmse",)),
        ("Test loss of the regression" if others else "Test loss", regression, ("test_loss", "train_loss")),
    )
    for title, shown, measures in titles:
        lines = [line for row, style in shown if (line := _line(row, style, curves[row.run], measures))]
        if lines:
            unit = time_unit(max(curve.seconds[-1] for line in lines for curve in line.curves))
            accuracy = measures == ("test_accuracy",)
            chart = Chart(title, lines, unit, accuracy, target if accuracy else None)
            yield f"<figure>\n<h3>{title}</h3>\n{chart.svg()}\n</figure>"


def _line(row: Comparison, style: str, metrics: Sequence[Metric], measures: Sequence[Measure]) -> Line | None:
    """A run's line by the first of the measures that it has, None when it has none of them."""
    for measure in measures:
        found = measured(metrics, measure)
        if found:
            when, average = row.arrival.seconds, mean(found)
            first = " first" if style == "s0" and when is not None else ""
            shown = when is not None and measure == "test_accuracy" and bool(average.seconds)
            arrival = (when, average.at(when)) if shown and when is not None else None
            return Line(row.label, style + first, found, arrival)
    return None


def _table(rows: Sequence[Comparison], styles: Sequence[str], target: float, over: int) -> str:
    unit = time_unit(max((row.arrival.seconds or 0.0 for row in rows), default=0.0))
    names = (
        "run",
        f"time to {level(target)}",
        f"mean of {over} there",
        "updates to it",
        "at the end",
        "workers’ own losses, mean (worst)",
        "consensus distance",
        "updates",
        "updates per second",
        "staleness, mean (largest)",
        "compute",
        "communicate",
        "wait",
        "sent",
        "virtual time",
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    first = rows[0].arrival.seconds
    lines = [_row(row, style, unit, first) for row, style in zip(rows, styles, strict=True)]
    return (
        f'<h2>Comparison</h2>\n<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table>\n</div>"
    )


def _row(row: Comparison, style: str, unit: Unit, first: float | None) -> str:
    summary = row.summary
    staleness = MISSING
    if summary.mean_staleness is not None:
        largest = f" ({number(summary.max_staleness)})" if summary.max_staleness else ""
        staleness = f"{number(summary.mean_staleness)}{largest}"
    own = MISSING
    if summary.mean_worker_loss is not None:
        own = f"{number(summary.mean_worker_loss)} ({number(summary.worst_worker_loss)})"
    cells = [
        _time_cell(row, unit, first),
        duration(row.smoothed, unit),
        number(row.arrival.updates),
        escape(score(summary)),
        own,
        number(summary.consensus_distance),
        number(summary.updates),
        number(summary.updates_per_second),
        staleness,
        percent(summary.compute_fraction),
        percent(summary.communicate_fraction),
        percent(summary.wait_fraction),
        data_size(summary.bytes_sent),
        duration(summary.virtual_seconds),
    ]
    reached = ' class="reached"' if row.arrival.seconds is not None else ""
    name = f'<th scope="row"><div>{_KEY.format(style=style)}<span>{escape(row.label)}</span></div></th>'
    return f"<tr{reached}>{name}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _time_cell(row: Comparison, unit: Unit, first: float | None) -> str:
    """The time with, in small print, its margin and how many times the winner's it is."""
    found = row.arrival
    if found.seconds is None:
        return f"{MISSING}<small>{found.reached} of {found.seeds} seeds</small>" if found.reached else MISSING
    margin = found.seconds_ci95
    small = [] if margin is None else [f"± {number(margin / unit.size, 2)} {unit.name}"]
    small += [f"at most {duration(found.uncertainty, unit)} earlier"] if found.uncertainty else []
    small += [_times(found.seconds / first)] if first and found.seconds > first else []
    return duration(found.seconds, unit) + "".join(f"<small>{line}</small>" for line in small)


def _went(rows: Sequence[Comparison]) -> str:
    if all(row.shares is None for row in rows):
        return ""
    keys = "".join(f'<li><span class="swatch {name}"></span>{name}</li>' for name in _SHARES)
    bars = [f"<span>{escape(row.label)}</span>{_bar(row)}" for row in rows[:_BARS]]
    rest = len(rows) - _BARS
    note = f'<p class="note">The other {rest} runs are in the table.</p>' if rest > 0 else ""
    return (
        f'<h2>Where the time went</h2>\n<ul class="legend">{keys}</ul>\n<div class="shares">\n{chr(10).join(bars)}\n'
        f'</div>\n<p class="note">Shares of the workers’ virtual time.</p>\n{note}'
    )


def _bar(row: Comparison) -> str:
    if row.shares is None:
        return '<div class="bar"><em>not measured</em></div>'
    whole = max(math.fsum(row.shares), 1.0)
    parts = [
        f'<i class="{name}" style="width:{100 * share / whole:.3f}%" title="{name} {percent(share, 1)}">'
        f"{percent(share) if share >= 0.07 else ''}</i>"
        for name, share in zip(_SHARES, row.shares, strict=True)
        if share > 0
    ]
    spoken = ", ".join(f"{name} {percent(share)}" for name, share in zip(_SHARES, row.shares, strict=True))
    return f'<div class="bar" role="img" aria-label="{spoken}">{"".join(parts)}</div>'


def _footer(rows: Sequence[Comparison]) -> str:
    versions = sorted({printable(row.summary.version) for row in rows if row.summary.version})
    words = {
        "time to target": "virtual seconds until the first model that was found at or above the target test accuracy, "
        "and how much earlier it may have been there (since the latest model that was seen below); with several seeds "
        "the mean ± half the 95 % confidence interval, and only when every seed got there. Beside it, when the mean of "
        "several evaluations in a row was there: a noisy accuracy crosses early by chance.",
        "workers’ own losses": "training losses at the end of the models that workers have of their own; the consensus "
        "distance is how far these are from their mean (root mean square).",
        "updates": "changes of the shared model; for a protocol without one, local steps per worker.",
        "staleness": "server version when a gradient was applied minus the version it was computed from.",
    }
    entries = "".join(f"<dt>{term}</dt><dd>{meaning}</dd>" for term, meaning in words.items())
    simulated = f"Simulated with paceline {escape(', '.join(versions))}. " if versions else ""
    beside = "All settings and results of every run are in runs.csv and runs.parquet beside this page."
    return f"<footer>\n<dl>{entries}</dl>\n{simulated}{beside}\n</footer>"


def _times(ratio: float) -> str:
    return f"{number(ratio, 2)}×"


def _s(count: int) -> str:
    return "" if count == 1 else "s"

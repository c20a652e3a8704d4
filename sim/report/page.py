"""report.html: one page that answers which run reached the target first, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from sim.printable import printable
from sim.report.chart import Chart, Line
from sim.report.compared import Compared
from sim.report.comparison import Comparison, comparisons
from sim.report.document import document
from sim.report.network.section import network_section
from sim.report.over_tasks import OverTasks
from sim.report.parts_bar import parts_bar
from sim.report.sentences import against_itself, differences, said_of
from sim.results.glance import score
from sim.results.rows import Link, Metric, Summary
from sim.results.series import Measure, mean, measured
from sim.results.units import MISSING, Unit, data_size, duration, level, number, percent, time_unit

#: As many runs as colours and dashes can tell apart; the others are drawn in grey.
_COLOURED = 8
_BARS = 40
_KEY = (
    '<svg class="key {style}" viewBox="0 0 26 10" aria-hidden="true"><line x1="2" x2="24" y1="5" y2="5"></line></svg>'
)
_SHARES = ("compute", "communicate", "wait")


def render(found: Compared, links: Mapping[str, Sequence[Link]] | None = None, tasks: OverTasks | None = None) -> str:
    """The page: complete in itself, readable without scripts, the same text for the same runs.

    Parameters
    ----------
    found
        What is shown, in its order. Where only the best are compared, all the others stand in the page's table only.
    links
        The rows of links.csv of the runs whose network is drawn, by the run's directory (column ``run``).
    tasks
        What is compared over many tasks; None: nothing is.
    """
    every, curves = comparisons(found.groups.table), found.groups.curves
    rows = every if found.best is None else comparisons(found.best.table)
    styles = [f"s{place}" if place < _COLOURED else "other" for place in range(len(rows))]
    style_of = {row.run: style for row, style in zip(rows, styles, strict=True)}
    body = "\n".join(
        [
            _header(rows, found),
            _curves(rows, styles, curves, found.target),
            _table(every, [style_of.get(row.run, "other") for row in every], found),
            _over_tasks(tasks) if tasks else "",
            _went(rows),
            network_section(rows, links or {}),
            _footer(rows),
        ]
    )
    title = f"paceline report: {_many_runs(found)}"
    style, script = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return document(title, body, style, script)


def _many_runs(found: Compared) -> str:
    """How many runs there are, and how many rows they make."""
    runs, rows = sum(map(len, found.groups.runs.values())), len(found.groups.table)
    return f"{runs} run{_s(runs)}" + ("" if rows == runs else f" in {rows} group{_s(rows)}")


def _header(rows: Sequence[Comparison], found: Compared) -> str:
    said = said_of(rows, found.verdicts, found.target)
    headline = "".join(
        f"<b>{escape(piece)}</b>" if place % 2 else escape(piece) for place, piece in enumerate(said.headline)
    )
    lead = " ".join(map(escape, [*said.lead, against_itself(found)])).strip()
    if found.best is not None:
        lead += f" Compared is {escape(found.best.said)}."
    return (
        f'<header>\n<p class="kind">paceline report · {_many_runs(found)}</p>\n<h1>{headline}</h1>\n'
        f'<p class="lead">{lead}</p>\n</header>'
    )


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


def _table(rows: Sequence[Comparison], styles: Sequence[str], found: Compared) -> str:
    unit = time_unit(max((row.arrival.seconds or 0.0 for row in rows), default=0.0))
    names = (
        "run",
        f"time to {level(found.target)}",
        "beside the first",
        "seeds",
        f"mean of {found.smoothed} there",
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
    of_first = differences(found)
    lines = [
        _row(row, style, [_time_cell(row, unit, first), of_first.get(row.run, ""), _seeds(row, found.failed)], unit)
        for row, style in zip(rows, styles, strict=True)
    ]
    return (
        f'<h2>Comparison</h2>\n<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table>\n</div>"
    )


def _row(row: Comparison, style: str, begin: Sequence[str], unit: Unit) -> str:
    summary = row.summary
    staleness = MISSING
    if summary.mean_staleness is not None:
        largest = f" ({number(summary.max_staleness)})" if summary.max_staleness else ""
        staleness = f"{number(summary.mean_staleness)}{largest}"
    own = MISSING
    if summary.mean_worker_loss is not None:
        own = f"{number(summary.mean_worker_loss)} ({number(summary.worst_worker_loss)})"
    cells = [
        *begin,
        duration(row.smoothed, unit),
        number(row.arrival.updates),
        escape(score(summary)) + _margin(summary, "final_test_accuracy", percent),
        own,
        number(summary.consensus_distance) + _margin(summary, "consensus_distance"),
        number(summary.updates) + _margin(summary, "updates"),
        number(summary.updates_per_second) + _margin(summary, "updates_per_second"),
        staleness + _margin(summary, "mean_staleness"),
        *(
            percent(getattr(summary, name)) + _margin(summary, name, percent)
            for name in ("compute_fraction", "communicate_fraction", "wait_fraction")
        ),
        data_size(summary.bytes_sent) + _margin(summary, "bytes_sent", data_size),
        duration(summary.virtual_seconds) + _margin(summary, "virtual_seconds", duration),
    ]
    reached = ' class="reached"' if row.arrival.seconds is not None else ""
    name = f'<th scope="row"><div>{_KEY.format(style=style)}<span>{escape(row.label)}</span></div></th>'
    return f"<tr{reached}>{name}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _margin(summary: Summary, name: str, said: Callable[[float], str] = lambda margin: number(margin, 2)) -> str:
    """Half the 95 % interval of a figure in small print; empty of one seed."""
    return f"<small>± {said(summary.ci95[name])}</small>" if summary.ci95.get(name) else ""


def _seeds(row: Comparison, failed: Mapping[str, int]) -> str:
    """How many there are, and what has become of those that are not like the others."""
    diverged = row.summary.diverged_replicas or (row.arrival.seeds == 1 and row.summary.status == "diverged")
    reached = row.arrival.reached if row.arrival.seeds > 1 else 0
    others = ((reached, "reached"), (int(diverged), "diverged"), (failed.get(row.run, 0), "failed"))
    said = "".join(f"<small>{count} {what}</small>" for count, what in others if count)
    return f"{row.arrival.seeds}{said}"


def _time_cell(row: Comparison, unit: Unit, first: float | None) -> str:
    """The time with, in small print, its margin and how many times the winner's it is."""
    found = row.arrival
    if found.seconds is None:
        if not found.reached:
            return MISSING
        return f"≥ {duration(row.restricted, unit)}<small>{found.reached} of {found.seeds} seeds</small>"
    margin = found.seconds_ci95
    small = [] if margin is None else [f"± {number(margin / unit.size, 2)} {unit.name}"]
    small += [f"at most {duration(found.uncertainty, unit)} earlier"] if found.uncertainty else []
    small += [_times(found.seconds / first)] if first and found.seconds > first else []
    return duration(found.seconds, unit) + "".join(f"<small>{line}</small>" for line in small)


def _over_tasks(found: OverTasks) -> str:
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in found.heads)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in found.cells()
    ]
    return (
        f'<h2>{escape(found.title)}</h2>\n<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody>\n</table>\n</div>"
    )


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
    return parts_bar(dict(zip(_SHARES, row.shares, strict=True)))


def _footer(rows: Sequence[Comparison]) -> str:
    versions = sorted({printable(row.summary.version) for row in rows if row.summary.version})
    words = {
        "time to target": "virtual seconds until the first model that was found at or above the target test accuracy, "
        "and how much earlier it may have been there (since the latest model that was seen below); with several seeds "
        "the mean ± half the 95 % confidence interval, and only when every seed got there. Beside it, when the mean of "
        "several evaluations in a row was there: a noisy accuracy crosses early by chance. Where seeds did not get "
        "there, ≥ stands before the mean of what was waited up to the bound of the first that was cut off.",
        "beside the first": "the difference from the row that was first, with its 95 % interval: seed by seed where "
        "both have the same seeds, with the share of these (or of all pairs of runs) in which the first does better. "
        "≈: cannot be told apart, after Holm's correction for all rows.",
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

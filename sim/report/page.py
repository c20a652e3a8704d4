"""report.html: one page that answers which run reached the target first, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from sim.printable import printable
from sim.report.columns import columns
from sim.report.compared import Compared
from sim.report.comparison import Comparison, comparisons
from sim.report.comparison_table import comparison_table
from sim.report.curves import Shown, curves_section
from sim.report.document import document
from sim.report.label import common
from sim.report.layout import MOST_COLOURS, layout, name_of
from sim.report.look import dashes_css, looks
from sim.report.network.section import drawn, network_section
from sim.report.over_factor import figure, over_factors
from sim.report.over_tasks import OverTasks
from sim.report.parts_bar import parts_bar
from sim.report.sentences import against_itself, said_of
from sim.report.wires import wires
from sim.results.glance import score
from sim.results.rows import Link, Summary
from sim.results.units import MISSING

#: So many rows have a colour each, in one chart; of more, the colour stands for a setting and there are panels.
_COLOURED = MOST_COLOURS
#: So many bars stand open, and so many more folded away.
_BARS, _MORE_BARS = 12, 28
#: What a column is called of which a part of the head varies.
_TERMS = {"time to": "time to target"}
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
    every = comparisons(found.groups.table)
    rows = every if found.best is None else comparisons(found.best.table)
    shown = _shown(rows, found)
    compared_by, links = found.verdicts.criterion, links or {}
    wired = (
        {}
        if learned(rows)
        else {row.run: of for row in every if (of := wires(_first_seed(row, found), links.get(row.run, ())))}
    )
    names = {row.run: shown.names.get(row.run, "others") for row in every}
    heads = columns(every, found, wired)
    table = comparison_table(every, shown.looks, names, heads) + _terms([column.head for column in heads])
    curves, over = curves_section(shown), over_factors(shown, compared_by)
    body = "\n".join(
        [
            _header(rows, found),
            *([curves, over, table] if learned(rows) else [over, table, curves]),
            _over_tasks(tasks) if tasks else "",
            _went(rows),
            network_section(rows, {run: links[run] for run in drawn([row.run for row in rows]) if run in links}),
        ]
    )
    title = f"paceline report: {_many_runs(found)}"
    style, script = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return document(title, body, f"{style}{dashes_css()}\n", script)


def _first_seed(row: Comparison, found: Compared) -> Summary:
    """The summary of the run whose links are known."""
    seeds = found.groups.seeds[row.run]
    return seeds[min(seeds)]


def learned(rows: Sequence[Comparison]) -> bool:
    """Whether any of the runs measured how well it learns: if not, the page is about how fast they are."""
    return any(score(row.summary) != MISSING for row in rows)


def _shown(rows: Sequence[Comparison], found: Compared) -> Shown:
    """What is drawn: few rows with a colour each, of many the best of each setting that the colours stand for."""
    settings = {row["run"]: row for row in found.groups.table.to_dicts()}
    figures = [figure(row, found.verdicts.criterion)[0] for row in rows]
    chosen = layout([settings[row.run] for row in rows], figures) if len(rows) > _COLOURED else None
    names = {row.run: row.label if chosen is None else name_of(settings[row.run], chosen.colour) for row in rows}
    seen = list(dict.fromkeys(names.values()))[:_COLOURED]
    known = {name: look for name, look in looks(names.values()).items() if name in seen}
    return Shown(rows, settings, names, known, chosen, found.groups.curves, found.target)


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
    versions = sorted({printable(row.summary.version) for row in rows if row.summary.version})
    by = f" · simulated with paceline {', '.join(versions)}" if versions else ""
    kind = f"paceline report · {_many_runs(found)}{by}"
    shared = common(found.table.to_dicts())
    all_of_them = f'<p class="common">All of them: {escape(shared)}.</p>\n' if shared else ""
    return (
        f'<header>\n<p class="kind">{escape(kind)}</p>\n<h1>{headline}</h1>\n'
        f'{all_of_them}<p class="lead">{lead}</p>\n</header>'
    )


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
    bars = [f"<span>{escape(row.label)}</span>{_bar(row)}" for row in rows[: _BARS + _MORE_BARS]]
    best, more = (bars, []) if len(bars) <= 2 * _BARS else (bars[:_BARS], bars[_BARS:])
    rest = len(rows) - len(bars)
    note = f'<p class="note">The other {rest} runs are in the table.</p>\n' if rest > 0 else ""
    folded = f"<details><summary>{len(more)} more</summary>\n{_bars(more)}</details>\n" if more else ""
    return (
        f'<h2>Where the time went</h2>\n<ul class="legend">{keys}<li>shares of the workers’ virtual time</li></ul>\n'
        f"{note}{_bars(best)}{folded}"
    )


def _bars(bars: Sequence[str]) -> str:
    return f'<div class="shares">\n{chr(10).join(bars)}\n</div>\n'


def _bar(row: Comparison) -> str:
    if row.shares is None:
        return '<div class="bar"><em>not measured</em></div>'
    return parts_bar(dict(zip(_SHARES, row.shares, strict=True)))


def _terms(heads: Sequence[str]) -> str:
    """What columns of the table mean, of those that are there."""
    words = {
        "time to": "virtual seconds until the first model that was found at or above the target test accuracy, "
        "and how much earlier it may have been there (since the latest model that was seen below); with several seeds "
        "the mean ± half the 95 % confidence interval, and only when every seed got there. Beside it, when the mean of "
        "several evaluations in a row was there: a noisy accuracy crosses early by chance. Where seeds did not get "
        "there, ≥ stands before the mean of what was waited up to the bound of the first that was cut off.",
        "beside the first": "the difference from the row that was first, with its 95 % interval: seed by seed where "
        "both have the same seeds, with the share of these (or of all pairs of runs) in which the first does better. "
        "≈: cannot be told apart, after Holm's correction for all rows.",
        "busiest link": "bytes carried over what the line rate could have carried in the virtual time; of the first "
        "seed.",
        "hidden communication": "the share of the workers’ time in which they computed while data of theirs was under "
        "way, as far as the bytes on their links prove it at line rate; of the first seed.",
        "exposed communication": "the share in which they did not compute, and data of theirs was under way.",
        "workers’ own losses": "training losses at the end of the models that workers have of their own; the consensus "
        "distance is how far these are from their mean (root mean square).",
        "updates": "changes of the shared model; for a protocol without one, local steps per worker.",
        "staleness": "server version when a gradient was applied minus the version it was computed from.",
    }
    told = {term: meaning for term, meaning in words.items() if any(head.startswith(term) for head in heads)}
    entries = "".join(f"<dt>{_TERMS.get(term, term)}</dt><dd>{meaning}</dd>" for term, meaning in told.items())
    beside = "All settings and results of every run are in runs.csv and runs.parquet beside this page."
    return f'\n<p class="note">{beside}</p>' + (f'\n<dl class="terms">{entries}</dl>' if entries else "")


def _s(count: int) -> str:
    return "" if count == 1 else "s"

"""What runs are ranked by, over a setting that is a number: time to the target over the number of workers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from html import escape
from typing import NamedTuple

from sim.report.axis import Axis, spanning
from sim.report.chart import LARGE, grid
from sim.report.comparison import Comparison
from sim.report.curves import Shown
from sim.report.layout import MOST_COLOURS, Factor, name_of, panels, varied
from sim.report.look import OTHER, Look, looks
from sim.report.verdict import TIME, Criterion
from sim.results.units import Unit, level, time_unit

#: Fewer values than this are no course; of more factors than this the first are drawn, each in so many panels.
_FEWEST, _FACTORS, _PANELS = 3, 3, 4
#: Values further apart than this are drawn over a logarithmic axis.
_LOG = 8.0
#: Of more values than this, only so many have a marker, and none a tick of its own.
_MARKED = 16
_NONE = Unit("", 1.0)
_TITLES = {
    TIME.column: "Time to the target",
    "best_test_accuracy": "Best test accuracy",
    "final_test_rmse": "Final test RMSE",
    "samples_per_second": "Samples per second",
}


class Point(NamedTuple):
    """A group in a figure.

    Attributes
    ----------
    at
        The value of the setting (in that unit).
    value
        What it is ranked by: a mean over its seeds (s, or in the unit of the figure).
    margin
        Half of its 95 % confidence interval; 0 of one seed.
    """

    at: float
    value: float
    margin: float


def over_factors(shown: Shown, criterion: Criterion) -> str:
    """The section; "" where no setting has at least three numbers for values.

    Parameters
    ----------
    shown
        What the page draws.
    criterion
        What its runs are ranked by.
    """
    found = varied([shown.settings[row.run] for row in shown.rows])
    wide = [each for each in found if each.numeric and len(each.values) >= _FEWEST]
    blocks: dict[str, list[str]] = {}  # the charts below each legend
    for factor in wide[:_FACTORS]:
        for legend, figure in _figures(shown, criterion, factor, found):
            blocks.setdefault(legend, []).append(figure)
    if not blocks:
        return ""
    notes = []
    if any(row.arrival.seeds > 1 for row in shown.rows):
        notes.append("Bars are 95 % confidence intervals of means over the seeds.")
    if len(found) > 1:
        notes.append("Each point is the best over all other settings; the same seeds chose and show it.")
    if criterion is TIME and any(row.arrival.seconds is None for row in shown.rows):
        notes.append("Left out is what not every seed reached.")
    title = f"Time to {level(shown.target)} test accuracy" if criterion is TIME else _TITLES[criterion.column]
    charts = [f'{legend}<div class="charts">\n{chr(10).join(figures)}\n</div>' for legend, figures in blocks.items()]
    note = f'\n<p class="note">{" ".join(notes)}</p>' if notes else ""
    return f"<h2>{title} over what was varied</h2>\n{chr(10).join(charts)}{note}"


def _figures(shown: Shown, criterion: Criterion, factor: Factor, found: Sequence[Factor]) -> Iterator[tuple[str, str]]:
    """A chart of a setting for each value of another one, each with the legend of its colours."""
    others = [each for each in found if each != factor]
    chosen = shown.layout.colour if shown.layout else None
    coloured = [each for each in others if each == chosen or len(each.values) <= MOST_COLOURS]
    colour = chosen if chosen in others else next(iter(coloured), None)
    split = [each for each in others if each != colour and len(each.values) <= _PANELS][:1]
    settings = [shown.settings[row.run] for row in shown.rows]
    names = {row["run"]: name_of(row, colour) if colour else "" for row in settings}
    known = looks(names.values()) if colour else {"": _PLAIN}
    drawn = {
        " · ".join(each.words(value) for each, value in zip(split, values, strict=True)): _lines(
            shown, {row["run"] for row in of_panel}, names, factor, criterion
        )
        for values, of_panel in panels(split, settings)
    }
    points = [point for lines in drawn.values() for line in lines.values() for point in line]
    if len({point.at for point in points}) < _FEWEST:
        return
    unit = _unit(criterion, points)
    axes = _axes(points, factor, unit)
    legend = ""
    if colour:
        entries = "".join(
            f'<li data-focus="{escape(name)}" tabindex="0">{known[name].key()}{escape(name)}</li>'
            for name in dict.fromkeys(names.values())
        )
        legend = f'<ul class="legend">{_head(colour)}{entries}</ul>\n'
    title = f"{_TITLES[criterion.column]} ({unit.name})" if unit.name else _TITLES[criterion.column]
    for panel, lines in drawn.items():
        if lines:
            svg = "\n".join(_drawn(title, lines, known, axes, factor, unit))
            head = " · ".join(filter(None, (title, panel)))
            yield legend, f"<figure>\n<h3>{escape(head)}</h3>\n{svg}\n</figure>"


def _head(colour: Factor) -> str:
    return "" if colour.name == "protocol" else f"<li>{escape(colour.name)}</li>"


def _unit(criterion: Criterion, points: Sequence[Point]) -> Unit:
    if criterion is TIME:
        return time_unit(max(point.value for point in points))
    return Unit("%", 0.01) if criterion.column == "best_test_accuracy" else _NONE


def _lines(
    shown: Shown, runs: Set[str], names: Mapping[str, str], factor: Factor, criterion: Criterion
) -> dict[str, list[Point]]:
    """The best point of each name at each value, by name."""
    found: dict[str, dict[float, Point]] = {}
    for row in shown.rows:
        at = shown.settings[row.run].get(factor.name)
        value, margin = figure(row, criterion)
        if row.run in runs and at is not None and value is not None and math.isfinite(value):
            point = Point(float(at), value, margin or 0.0)
            found.setdefault(names[row.run], {}).setdefault(point.at, point)
    return {name: [points[at] for at in sorted(points)] for name, points in found.items()}


def figure(row: Comparison, criterion: Criterion) -> tuple[float | None, float | None]:
    """What a row is ranked by, with half its 95 % interval; None where there is none."""
    if criterion is TIME:
        return row.arrival.seconds, row.arrival.seconds_ci95
    return getattr(row.summary, criterion.column), row.summary.ci95.get(criterion.column)


def _axes(points: Sequence[Point], factor: Factor, unit: Unit) -> tuple[Axis, Axis]:
    least, most = float(min(factor.values)), float(max(factor.values))
    across = spanning(least, most, LARGE.left, LARGE.right, log=least > 0 and most >= _LOG * least)
    values = [point.value / unit.size for point in points]
    ends = [(point.value + sign * point.margin) / unit.size for point in points for sign in (-1.0, 1.0)]
    log = min(values) > 0 and max(values) > _LOG * min(values)
    low = max(min(ends), min(values) / 3) if log else min(ends)
    return across, spanning(low, max(ends), LARGE.bottom, LARGE.top, log=log)


def _drawn(
    title: str,
    lines: Mapping[str, Sequence[Point]],
    known: Mapping[str, Look],
    axes: tuple[Axis, Axis],
    factor: Factor,
    unit: Unit,
) -> Iterator[str]:
    across, up = axes
    yield (
        f'<svg class="chart" viewBox="0 0 {LARGE.width} {LARGE.height}" role="img" '
        f'aria-label="{escape(f"{title} over {factor.name}")}">'
    )
    yield from grid(across, up, LARGE, _ticks(factor, across))
    yield (
        f'<text class="axis" x="{(LARGE.left + LARGE.right) / 2:g}" y="{LARGE.height - 8}" text-anchor="middle">'
        f"{escape(factor.name)}{', log scale' if across.log else ''}</text>"
    )
    for name, points in reversed([*lines.items()]):
        look = known.get(name, OTHER)
        places = [(across.position(point.at), up.position(point.value / unit.size)) for point in points]
        path = "".join(f"{'L' if place else 'M'}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(places))
        yield f'<g class="line {look.style}" data-label="{escape(name)}"><path class="mean" d="{path}"></path>'
        every = math.ceil(len(points) / _MARKED)
        for point, (x, y) in list(zip(points, places, strict=True))[::every]:
            if point.margin:
                low, high = (up.position((point.value + sign * point.margin) / unit.size) for sign in (-1.0, 1.0))
                yield f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}"></path>'
            yield look.marker(x, y)
        yield "</g>"
    yield "</svg>"


def _ticks(factor: Factor, across: Axis) -> list[tuple[float, str]]:
    """The values that occur, where they are as far apart as their texts are wide; none of too many to be looked at."""
    if len(factor.values) > _MARKED:
        return []
    found: list[tuple[float, str]] = []
    end = -math.inf
    for value in map(float, factor.values):
        text, at = f"{value:.6g}", across.position(value)
        if at - 4.0 * len(text) > end:
            found.append((value, text))
            end = at + 4.0 * len(text) + 6.0
    return found


#: Of runs that one setting alone tells apart.
_PLAIN = Look("s7", 0.0, "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z")

"""A figure of the runs over a setting, or over another figure, with 95 % intervals over the seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.evidence.interval import Interval
from sim.plot.axis import spread_out
from sim.plot.cells import Cell, natural, one_each, text
from sim.plot.outcome import RELATIVE, Outcome, cut_off, is_figure, mean_of, relative, seeds_left_out
from sim.plot.picture import Facet, Picture, left_out, line_style
from sim.plot.quantity import Quantity
from sim.report.mark import Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

#: How far the points of two names at the same place stand apart (points).
_APART = 2.2
#: How far the arrow of a bound stands from its point (points).
_ARROW = 6.0
#: Room for it above the largest point (share of what is drawn).
_FOR_ARROW = 0.08


class Point(NamedTuple):
    """Runs at one place.

    Attributes
    ----------
    cell
        The runs.
    place
        Where on the axis: a number, or the number of a word.
    found
        The figure, with its interval.
    bound
        -1: it is more than what is known, as seeds were cut off; 1: it is less; 0: it is known.
    """

    cell: Cell
    place: float
    found: Interval
    bound: int


class OverFactor(Picture):
    """See the module.

    Parameters
    ----------
    cells
        The runs.
    outcomes
        What each cell came to, seed by seed.
    marks
        Of their names.
    x, y
        What is drawn over what.
    race
        What times to a target race to; "": nothing.
    varied
        The settings in which the runs differ.

    Raises
    ------
    ValueError
        Where several runs would be at one point, or no run has both figures.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        outcomes: Sequence[Outcome],
        marks: Mapping[str, Mark],
        x: str,
        y: str,
        race: str,
        varied: Sequence[str],
    ) -> None:
        self.file = f"{y}_over_{x.replace('.', '_')}"
        self.facets = list(dict.fromkeys(cell.facet for cell in cells))
        self.marks = {name: marks[name] for name in dict.fromkeys(cell.name for cell in cells)}
        values: list[Any] = [cell.row.get(x) for cell in cells]
        self._numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        self._joined = (self._numbers and not is_figure(x)) or x == "workers"
        self._words = [] if self._numbers else natural(map(text, values))
        places = [float(value) if self._numbers else float(self._words.index(text(value))) for value in values]
        if self._joined or not self._numbers:
            one_each(cells, places, varied)
        found = list(zip(cells, outcomes, places, strict=True))
        self._points = list(_relative(y, found) if y in RELATIVE else _points(found))
        if not self._points:
            raise ValueError(f"--y {y}: no run has it; give a figure that these runs measure, such as bytes_sent")
        self._scale = Quantity(y).scale(_ends(self._points))
        self._across = Quantity(x).scale([point.place for point in self._points] if self._numbers else [])
        self.across = Quantity(x).title(self._across) if self._numbers else Quantity(x).words
        words = Quantity(RELATIVE.get(y, y)).words
        self.up = Quantity(y).title(self._scale)
        if race and y not in RELATIVE:
            self.up = self.up.replace(words, words.replace("target", race.replace(" test accuracy", "")))
        without = [(cell.name, len(cell.seeds) - len(each)) for cell, each in zip(cells, outcomes, strict=True) if each]
        self.caption = [*self._said(y, race), *left_out(len(self._points), len(cells)), *seeds_left_out(without)]
        self.rows = [_row(point, x, y) for point in self._points]

    def draw(self, axes: Axes, facet: Facet) -> None:
        for at, (name, mark) in enumerate(self.marks.items()):
            points = [point for point in self._points if (point.cell.facet, point.cell.name) == (facet, name)]
            aside = 0.0 if not self._joined and self._numbers else _APART * (at - (len(self.marks) - 1) / 2)
            self._series(
                axes, sorted(points, key=lambda point: point.place), mark, moved(axes, axes.transData, aside, 0)
            )
        ends = [end / self._scale.size for end in _ends(self._points)]
        arrow = _FOR_ARROW * (max(ends) - min(ends)) if any(point.bound < 0 for point in self._points) else 0.0
        spread_out(axes, "y", [*ends, max(ends) + arrow])
        if self._numbers:
            spread_out(axes, "x", [point.place / self._across.size for point in self._points], setting=self._joined)
        else:
            axes.set_xticks(range(len(self._words)), self._words)
            axes.set_xlim(-0.5, len(self._words) - 0.5)

    def _series(self, axes: Axes, points: Sequence[Point], mark: Mark, where: Transform) -> None:
        size = self._scale.size
        across = [point.place / self._across.size for point in points]
        up = [point.found.value / size for point in points]
        if self._joined:
            axes.plot(across, up, transform=where, **line_style(mark))
        for x, y, (_, _, found, bound) in zip(across, up, points, strict=True):
            face = "white" if bound else mark.colour
            axes.plot([x], [y], mark.marker, transform=where, color=mark.colour, markerfacecolor=face, zorder=3)
            if bound:
                arrow = "$\\downarrow$" if bound > 0 else "$\\uparrow$"
                beside = moved(axes, where, 0, -_ARROW * bound)
                axes.plot([x], [y], marker=arrow, markersize=6, transform=beside, color=mark.colour, clip_on=False)
            elif found.low is not None and found.high is not None:
                ends = [found.low / size, found.high / size]
                axes.plot([x, x], ends, transform=where, color=mark.colour, linewidth=0.8)

    def _said(self, y: str, race: str) -> Iterator[str]:
        seeds = sorted({point.found.n for point in self._points})
        several = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        what = "geometric mean of the seeds' ratios to the fewest workers" if y in RELATIVE else "mean"
        if seeds[-1] > 1:
            yield f"Points are the {what} over {several} seeds, bars its 95 % confidence interval (Student's t)."
        else:
            yield "Points are single runs of one seed each."
        if race:
            yield f"The target is {race}."
        bounds = sum(point.bound != 0 for point in self._points)
        if bounds:
            yield (
                f"Open symbols with an arrow ({bounds} of {len(self._points)}) are bounds: not every seed reached the "
                "target before its run ended, and what was waited until then counts."
            )


def moved(axes: Axes, where: Transform, across: float, up: float) -> Transform:
    """A transformation, so many points (1/72 inch) aside."""
    from matplotlib.transforms import ScaledTranslation

    figure = axes.get_figure()
    if figure is None:
        raise ValueError("axes: of no figure")
    return where + ScaledTranslation(across / 72, up / 72, figure.dpi_scale_trans)


def _points(found: Sequence[tuple[Cell, Outcome, float]]) -> Iterator[Point]:
    for cell, outcome, place in found:
        if outcome:
            mean = mean_of(outcome)
            if math.isfinite(mean.value):
                yield Point(cell, place, mean, -1 if cut_off(outcome) else 0)


def _relative(y: str, found: Sequence[tuple[Cell, Outcome, float]]) -> Iterator[Point]:
    """Each cell beside that of the fewest workers with its name in its panel."""
    series: dict[tuple[Facet, str], list[tuple[Cell, Outcome, float]]] = {}
    for each in found:
        series.setdefault((each[0].facet, each[0].name), []).append(each)
    for group in series.values():
        first, began, _ = min(group, key=lambda each: int(each[0].row["workers"]))
        for cell, outcome, place in group:
            ratio, bound = relative(y, began, outcome, cell.row["workers"] / first.row["workers"])
            if math.isfinite(ratio.value):
                yield Point(cell, place, ratio, bound)


def _ends(points: Sequence[Point]) -> list[float]:
    """All numbers that are drawn."""
    return [
        end
        for point in points
        for end in (point.found[:3] if not point.bound else point.found[:1])
        if end is not None and math.isfinite(end)
    ]


def _row(point: Point, x: str, y: str) -> dict[str, Any]:
    cell, _, found, bound = point
    panel = dict(each.split("=", 1) for each in cell.facet)
    return {
        **panel,
        "name": cell.name,
        x: cell.row.get(x),
        "seeds": found.n,
        y: found.value,
        "low95": None if bound else found.low,
        "high95": None if bound else found.high,
        "bound": ("", "at most", "at least")[bound],
    }

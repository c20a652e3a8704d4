"""The learning curves of a report: all in one chart each, or in small ones side by side, one for each setting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from sim.report.chart import LARGE, MOST_SEEDS, SMALL, Chart, Line, Measured
from sim.report.comparison import Comparison
from sim.report.layout import Layout, Row, panels
from sim.report.look import OTHER, Look
from sim.results.rows import Metric
from sim.results.series import Measure, measured
from sim.results.units import number, time_unit

#: Up to so many side by side are as large as single ones; no more than so many stand side by side.
_LARGE, _COLUMNS = 2, 5


class Shown(NamedTuple):
    """What a page draws, and how.

    Attributes
    ----------
    rows
        The groups that are compared, the best first.
    settings
        Their rows of the table of groups, by run.
    names
        The name that the colour of each row stands for, by its run.
    looks
        The look of a name; those without one are drawn in grey.
    layout
        What the colour and the panels stand for; None: every row has a colour of its own.
    curves
        The rows of metrics.csv of all seeds, by run.
    target
        Test accuracy that is raced to, 0 to 1.
    """

    rows: Sequence[Comparison]
    settings: Mapping[str, Row]
    names: Mapping[str, str]
    looks: Mapping[str, Look]
    layout: Layout | None
    curves: Mapping[str, Sequence[Metric]]
    target: float

    def look(self, row: Comparison) -> Look:
        """That of a row."""
        return self.looks.get(self.names[row.run], OTHER)

    def legend(self) -> str:
        """The names with their looks, in the order of the best of each."""
        names = list(dict.fromkeys(self.names[row.run] for row in self.rows))
        colour = self.layout.colour.name if self.layout else "protocol"
        entries = [] if colour == "protocol" else [f"<li>{escape(colour)}</li>"]
        entries += [
            f'<li data-focus="{escape(name)}" tabindex="0">{self.looks[name].key()}{escape(name)}</li>'
            for name in names
            if name in self.looks
        ]
        if more := sum(name not in self.looks for name in names):
            entries.append(f"<li>{OTHER.key()}{number(more)} more</li>")
        return f'<ul class="legend">\n{chr(10).join(entries)}\n</ul>'

    def best(self, shown: Sequence[Row]) -> list[Comparison]:
        """Of some settings, the best row of each name."""
        runs, found = {row["run"] for row in shown}, dict[str, Comparison]()
        for row in self.rows:
            if row.run in runs:
                found.setdefault(self.names[row.run], row)
        return list(found.values())


def curves_section(shown: Shown) -> str:
    """The section; "" where nothing was measured that could be drawn."""
    figures = list(_figures(shown))
    if not figures:
        return ""
    first, others = figures[0], figures[1:]
    if shown.layout is None:
        drawn = f'<div class="charts">\n{chr(10).join(figures)}\n</div>'
    else:
        drawn = "\n".join(
            [first, *(f"<details><summary>More curves</summary>\n{other}\n</details>" for other in others)]
        )
    notes = " ".join(_notes(shown))
    note = f'\n<p class="note">{notes}</p>' if notes else ""
    return f"<h2>Learning curves over virtual time</h2>\n{shown.legend()}\n{drawn}{note}"


def _notes(shown: Shown) -> Iterator[str]:
    seeds = [row.arrival.seeds for row in shown.rows]
    if max(seeds, default=1) > MOST_SEEDS:
        yield "Lines are means over the seeds, in bands that hold them with 95 % confidence."
    if any(1 < count <= MOST_SEEDS for count in seeds):
        yield "Thin lines are single seeds, thick ones their mean."
    if any(row.arrival.seconds is not None for row in shown.rows):
        yield "A ring is where the target was reached."
    if shown.layout is not None and shown.layout.rest:
        over = ", ".join(factor.name for factor in shown.layout.rest)
        yield f"Each line is the best that its panel has over {escape(over)}; the same seeds chose and show it."


def _figures(shown: Shown) -> Iterator[str]:
    """A figure for each measure that any run took; losses of classification and regression do not share one."""
    of_kind: dict[bool, list[Comparison]] = {True: [], False: []}
    for row in shown.rows:
        of_kind[any(each.test_rmse is not None for each in shown.curves[row.run])].append(row)
    regression, others = of_kind[True], of_kind[False]
    titles: tuple[tuple[str, list[Comparison], tuple[Measure, ...]], ...] = (
        ("Test accuracy (%)", others, ("test_accuracy",)),
        ("Test loss", others, ("test_loss", "train_loss")),
        ("Test RMSE", regression, ("test_rmse",)),
        ("Test loss of the regression" if others else "Test loss", regression, ("test_loss", "train_loss")),
    )
    for title, rows, measures in titles:
        accuracy = measures == ("test_accuracy",)
        if shown.layout is None:
            drawn = _lines(shown, rows, measures)
            if drawn:
                over = _measured(shown, title, drawn, accuracy)
                chart = Chart(over, drawn, over.axes(drawn))
                yield f"<figure>\n<h3>{title}</h3>\n{chart.svg()}\n</figure>"
        else:
            yield from _panels(shown, shown.layout, title, rows, measures)


def _panels(
    shown: Shown, layout: Layout, title: str, rows: Sequence[Comparison], measures: tuple[Measure, ...]
) -> Iterator[str]:
    """Small charts over the same axes, those of a value of the first facet in a row of their own."""
    every = [
        (values, _lines(shown, shown.best(of_panel), measures))
        for values, of_panel in panels(layout.facets, [shown.settings[row.run] for row in rows])
    ]
    every = [(values, lines) for values, lines in every if lines]
    everything = [line for _, lines in every for line in lines]
    if not everything:
        return
    over = _measured(shown, title, everything, measures == ("test_accuracy",))
    *rowed, last = layout.facets or (None,)
    wide = max(Counter(values[:-1] for values, _ in every).values())
    frame = SMALL if wide > _LARGE else LARGE
    axes = over.axes(everything, frame)
    of_row: dict[str, list[str]] = {}
    for values, lines in every:
        above = "".join(factor.words(value) for factor, value in zip(rowed, values, strict=False))
        name = last.words(values[-1]) if last is not None else ""
        chart = Chart(over, lines, axes, frame, name or above)
        of_row.setdefault(above, []).append(f"<figure>\n<h4>{escape(name)}</h4>\n{chart.svg()}\n</figure>")
    style = "panels" if frame is SMALL else "charts"
    yield f"<h3>{title}</h3>\n" + "\n".join(
        (f'<h4 class="above">{escape(above)}</h4>\n' if above else "")
        + f'<div class="{style}" style="--columns:{min(len(figures), _COLUMNS)}">\n{chr(10).join(figures)}\n</div>'
        for above, figures in of_row.items()
    )


def _measured(shown: Shown, title: str, lines: Sequence[Line], accuracy: bool) -> Measured:
    unit = time_unit(max(curve.seconds[-1] for line in lines for curve in line.curves))
    return Measured(title, unit, accuracy, shown.target if accuracy else None)


def _lines(shown: Shown, rows: Sequence[Comparison], measures: tuple[Measure, ...]) -> list[Line]:
    return [line for row in rows if (line := _line(shown, row, measures))]


def _line(shown: Shown, row: Comparison, measures: tuple[Measure, ...]) -> Line | None:
    """A run's line by the first of the measures that it has, None when it has none of them."""
    for measure in measures:
        found = measured(shown.curves[row.run], measure)
        if found:
            when = row.arrival.seconds
            line = Line(shown.names[row.run], shown.look(row), found, None, row is shown.rows[0] and when is not None)
            if when is not None and measure == "test_accuracy" and line.mean.seconds:
                line.arrival = (when, line.mean.at(when))
            return line
    return None

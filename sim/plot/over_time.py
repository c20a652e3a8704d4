"""Learning curves: a measure over seconds, updates, epochs or bytes, the mean of the seeds with its 95 % band."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.interval import half_width
from sim.plot.axis import spread_out
from sim.plot.cells import Cell, one_each
from sim.plot.picture import Facet, Picture, left_out, line_style
from sim.plot.quantity import Quantity
from sim.report.mark import Mark
from sim.results.series import by_seed
from sim.results.units import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Axes of a curve: what they are called -> the column of metrics.csv.
AXES = {"seconds": "seconds", "updates": "updates", "epochs": "epochs", "bytes": "bytes_sent"}
_WORDS = {"seconds": "virtual_seconds", "bytes": "bytes_sent"}
#: Measures of metrics.csv.
MEASURES = (
    *("train_loss", "test_loss", "test_accuracy", "test_rmse", "consensus_distance", "mean_staleness"),
    *("learning_rate", "effective_learning_rate", "gradient_variance", "squared_gradient", "noise_scale"),
    "largest_eigenvalue",
)
#: Places at which a mean is taken, and at which a line has a marker.
_PLACES, _MARKERS = 240, 6
#: What diverges leaves the picture at this multiple of what the runs began with.
_CEILING = 1.5

Numbers = NDArray[np.float64]


class Curve(NamedTuple):
    """The mean over the seeds of a cell.

    Attributes
    ----------
    cell
        The runs.
    across
        Where [places].
    mean, half
        The mean, and half its 95 % interval [places]; of one seed 0.
    seeds
        How many there are.
    """

    cell: Cell
    across: Numbers
    mean: Numbers
    half: Numbers
    seeds: int


class OverTime(Picture):
    """See the module.

    Parameters
    ----------
    cells
        The runs.
    marks
        Of their names.
    x, y
        One of `AXES`, and one of `MEASURES`.
    target
        Test accuracy that is marked, 0 to 1; None: none.
    varied
        The settings in which the runs differ.

    Raises
    ------
    ValueError
        Where several runs would be one curve, or none has measured it.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        marks: Mapping[str, Mark],
        x: str,
        y: str,
        target: float | None,
        varied: Sequence[str],
    ) -> None:
        one_each(cells, [None] * len(cells), varied)
        self.file = f"{y}_over_{x}"
        self._curves = [curve for cell in cells if (curve := _curve(cell, AXES[x], y)) is not None]
        if not self._curves:
            raise ValueError(f"--y {y}: no run has measured it over {x}; give another, such as train_loss")
        shown = [curve.cell for curve in self._curves]
        self.facets = list(dict.fromkeys(cell.facet for cell in shown))
        self.marks = {name: marks[name] for name in dict.fromkeys(cell.name for cell in shown)}
        self._target = target if y == "test_accuracy" else None
        across, up = Quantity(_WORDS.get(x, x)), Quantity(y)
        self._across = across.scale([curve.across[-1] for curve in self._curves])
        self._scale = up.scale([self._ceiling(y)])
        self.across, self.up = across.title(self._across), up.title(self._scale)
        self._log = _answer_is_early(self._curves)
        self._limit = self._ceiling(y)
        self.caption = [*self._said(), *left_out(len(self._curves), len(cells))]
        self.rows = [row for curve in self._curves for row in _rows(curve, x, y)]

    def draw(self, axes: Axes, facet: Facet) -> None:
        size, up = self._across.size, self._scale.size
        for curve in (curve for curve in self._curves if curve.cell.facet == facet):
            mark = self.marks[curve.cell.name]
            seen = curve.across > 0 if self._log else np.full(len(curve.across), True)
            across, half = curve.across[seen] / size, curve.half[seen]
            mean = np.minimum(curve.mean[seen], 10 * self._limit)
            if curve.seeds > 1:
                low, high = (mean - half) / up, np.minimum(mean + half, 10 * self._limit) / up
                axes.fill_between(across, low, high, color=mark.colour, alpha=0.16, linewidth=0)
            every = max(1, len(mean) // _MARKERS)
            begin = mark.place * every // 8
            axes.plot(across, mean / up, marker=mark.marker, markevery=(begin, every), **line_style(mark))
        if self._target is not None:
            axes.axhline(self._target / up, color="#59626c", linewidth=0.7, linestyle=(0, (2, 3)))
        values = np.concatenate([curve.mean for curve in self._curves])
        spread_out(axes, "y", values[np.isfinite(values) & (values <= self._limit)] / up)
        ends = np.concatenate([curve.across[curve.across > 0] if self._log else curve.across for curve in self._curves])
        spread_out(axes, "x", ends / size, logarithmic=self._log)

    def _ceiling(self, y: str) -> float:
        starts = max(float(curve.mean[0]) for curve in self._curves)
        largest = max(float(curve.mean[np.isfinite(curve.mean)].max(initial=0.0)) for curve in self._curves)
        return min(largest, _CEILING * starts) if y.endswith(("loss", "rmse")) and starts > 0 else largest

    def _said(self) -> Iterator[str]:
        seeds = sorted({curve.seeds for curve in self._curves})
        if seeds[-1] > 1:
            several = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
            yield (
                f"Lines are means over {several} seeds, bands their 95 % confidence intervals (Student's t); a line "
                "ends where the first of its seeds does."
            )
        else:
            yield "Lines are single runs of one seed each."
        lost = sum(float(np.nanmax(curve.mean)) > self._limit for curve in self._curves)
        if lost:
            yield f"{lost} of {len(self._curves)} lines leave the picture: the loss grows beyond where they began."
        if self._target is not None:
            yield f"The dotted line is the target, {level(self._target)}."


def _curve(cell: Cell, x: str, y: str) -> Curve | None:
    """The mean over the seeds, as long as all of them have values; between its evaluations a seed moves in a line."""
    lines = []
    for rows in by_seed(cell.curve).values():
        known = [(getattr(row, x), value) for row in rows if (value := getattr(row, y)) is not None]
        known = [(place, value) for place, value in known if place is not None]
        if known:
            lines.append(np.array(known, dtype=np.float64).T)
    if not lines:
        return None
    first, last = max(line[0, 0] for line in lines), min(line[0, -1] for line in lines)
    places = np.unique(np.concatenate([line[0] for line in lines]))
    places = places[(places >= first) & (places <= last)]
    if len(places) > _PLACES:
        places = places[np.unique(np.linspace(0, len(places) - 1, _PLACES).round().astype(int))]
    if not len(places):
        return None
    values = np.array([np.interp(places, *line) for line in lines])
    half = np.zeros(len(places))
    if len(lines) > 1:
        with np.errstate(invalid="ignore", over="ignore"):
            half = half_width(1.0, len(lines)) * values.std(axis=0, ddof=1)
    return Curve(cell, places, values.mean(axis=0), half, len(lines))


def _answer_is_early(curves: Sequence[Curve]) -> bool:
    """Whether some line has ended in the first tenth of the axis, where a linear one would not show it."""
    ends = [float(curve.across[-1]) for curve in curves]
    return min(ends) > 0 and max(ends) > 10 * min(ends)


def _rows(curve: Curve, x: str, y: str) -> Iterator[dict[str, Any]]:
    panel = dict(each.split("=", 1) for each in curve.cell.facet)
    for place, mean, half in zip(curve.across.tolist(), curve.mean.tolist(), curve.half.tolist(), strict=True):
        ends = {} if curve.seeds == 1 else {"low95": mean - half, "high95": mean + half}
        yield {**panel, "name": curve.cell.name, x: place, "seeds": curve.seeds, y: mean, **ends}

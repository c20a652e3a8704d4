"""curve.png: the learning curve of one run over virtual seconds."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.results.series import Measure, Series, mean, measured
from sim.results.units import Unit, duration, time_unit
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.result import Result

_BLUE, _VERMILLION, _INK, _GREY = "#0072b2", "#d55e00", "#222222", "#767676"
_HEADING: dict[str, Any] = {"fontsize": 10.5, "fontweight": "bold", "color": _INK}
#: Losses whose largest value is more than this many times the smallest are drawn over a logarithmic axis.
_LOG_FROM = 20.0
#: An axis ends at this many times the largest start, and this far below its largest value.
_DIVERGED, _LAST_BIT = 1e3, 1e-16


def has_curve(result: Result) -> bool:
    """Whether anything was measured that a curve could show."""
    measures: tuple[Measure, ...] = ("train_loss", "test_loss", "test_accuracy", "test_rmse")
    return any(measured(result.metrics, measure) for measure in measures)


def curve_png(result: Result) -> bytes:
    """Draw test accuracy (or RMSE, where the problem has that) and the losses; several seeds thin, their mean bold.

    Parameters
    ----------
    result
        Of which the metrics are drawn and the summary gives the title.

    Returns
    -------
    bytes
        A PNG; the same result gives the same bytes.

    Raises
    ------
    FieldError
        When the run measured neither a loss nor an accuracy.
    """
    if not has_curve(result):
        raise FieldError("metrics", "nothing was measured that could be drawn")
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    last = max(row.seconds for row in result.metrics)
    unit = time_unit(last)
    panels = _panels(result)
    with matplotlib.rc_context():  # the user's own style would change the bytes
        matplotlib.rcdefaults()
        width, height = max(5.6, 4.3 * len(panels)), 3.3  # inches
        figure = Figure(figsize=(width, height), dpi=144)
        FigureCanvasAgg(figure)
        figure.suptitle(_title(result), x=0.1 / width, y=1 - 0.1 / height, ha="left", va="top", **_HEADING)
        # Fixed margins (in inches, over the size): an automatic layout would draw everything twice.
        grid = {"left": 0.7 / width, "right": 1 - 0.15 / width, "top": 1 - 0.45 / height, "bottom": 0.55 / height}
        columns = figure.subplots(1, len(panels), squeeze=False, gridspec_kw={**grid, "wspace": 0.24})[0]
        for axes, (name, lines) in zip(columns, panels, strict=True):
            _draw(axes, name, lines, unit)
            axes.set_xlim(0, 1.03 * last / unit.size if last > 0 else 1)
            _mark_target(axes, result, unit, labelled=axes is figure.axes[0])
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


#: A line to draw: what it is called, its colour, a curve per seed.
_Line = tuple[str, str, list[Series]]


def _panels(result: Result) -> list[tuple[str, list[_Line]]]:
    """What is drawn side by side: the name of the vertical axis and its lines."""
    accuracy = measured(result.metrics, "test_accuracy")
    rmse = measured(result.metrics, "test_rmse")
    train, test = measured(result.metrics, "train_loss"), measured(result.metrics, "test_loss")
    panels: list[tuple[str, list[_Line]]] = []
    if accuracy:
        panels.append(("test accuracy (%)", [("test accuracy", _BLUE, [_scaled(curve, 100.0) for curve in accuracy])]))
    if rmse:
        panels.append(("test RMSE", [("test RMSE", _BLUE, rmse)]))
    losses = [("training loss", _VERMILLION, train), ("test loss", _BLUE, test)]
    if train or test:
        panels.append(("loss", [line for line in losses if line[2]]))
    return panels


def _draw(axes: Axes, name: str, lines: Sequence[_Line], unit: Unit) -> None:
    ceiling = _ceiling(lines)
    lines = [(label, colour, [_clipped(ceiling, curve) for curve in curves]) for label, colour, curves in lines]
    for label, colour, curves in lines:
        average = mean(curves)
        if len(curves) > 1:
            for curve in curves:
                axes.plot(_in(unit, curve), curve.values, color=colour, linewidth=0.7, alpha=0.3)
        dashes = "--" if label == "training loss" else "-"
        marker = "o" if len(average.seconds) == 1 else None
        axes.plot(_in(unit, average), average.values, dashes, color=colour, linewidth=1.8, label=label, marker=marker)
    values = [value for _, _, curves in lines for curve in curves for value in curve.values if math.isfinite(value)]
    if values and min(values) > 0 and max(values) > _LOG_FROM * min(values):
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(axes.get_ylim()[0], _LAST_BIT * max(values)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.set_ylim(top=min(axes.get_ylim()[1], ceiling))
    axes.set_xlabel(f"virtual time ({unit.name})")
    axes.set_ylabel(name)
    if len(lines) > 1:
        axes.legend(frameon=True, framealpha=1, edgecolor="none", fontsize=8.5, loc="best")
    _tidy(axes)


def _ceiling(lines: Sequence[_Line]) -> float:
    """Up to where an axis may go: beyond it a run has diverged, and its line leaves through the top."""
    starts = [abs(curve.values[0]) for _, _, curves in lines for curve in curves if math.isfinite(curve.values[0])]
    return _DIVERGED * (max(starts, default=0.0) or 1.0)


def _clipped(ceiling: float, curve: Series) -> Series:
    return Series(curve.seconds, [10 * ceiling if value > ceiling else value for value in curve.values])


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GREY)
    axes.tick_params(which="both", colors=_GREY, labelcolor=_INK, labelsize=8.5, length=3)
    axes.xaxis.label.set(color=_INK, fontsize=9)
    axes.yaxis.label.set(color=_INK, fontsize=9)
    axes.grid(visible=True, color="#e6e6e6", linewidth=0.7)
    axes.set_axisbelow(True)


def _mark_target(axes: Axes, result: Result, unit: Unit, *, labelled: bool) -> None:
    seconds = result.summary.seconds_to_target
    if seconds is None or not math.isfinite(seconds):
        return
    axes.axvline(seconds / unit.size, color=_INK, linewidth=0.9, linestyle=(0, (1, 2)))
    if labelled:
        left, right = axes.get_xlim()
        beyond = seconds / unit.size > (left + right) / 2
        axes.annotate(
            f"target reached\nafter {duration(seconds, unit)}",
            (seconds / unit.size, 0.06),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if beyond else 5, 0),
            textcoords="offset points",
            ha="right" if beyond else "left",
            fontsize=8.5,
            color=_INK,
        )


def _title(result: Result) -> str:
    summary = result.summary
    workers = f"{summary.workers} worker{'s' if summary.workers != 1 else ''}"
    parts = [summary.protocol, summary.topology, workers, f"batch {summary.batch}", summary.network]
    seeds = len({row.seed for row in result.metrics})
    parts.append(f"{seeds} seeds" if seeds > 1 else None)
    parts.append(summary.status if summary.status in ("diverged", "stalled") else None)
    return " · ".join(part for part in parts if part).replace("$", r"\$")  # no mathematics in a name


def _in(unit: Unit, curve: Series) -> list[float]:
    return [seconds / unit.size for seconds in curve.seconds]


def _scaled(curve: Series, factor: float) -> Series:
    return Series(curve.seconds, [factor * value for value in curve.values])

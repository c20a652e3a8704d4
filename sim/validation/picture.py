"""Predicted against measured, over logarithmic axes: a panel for each check."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.validation.checks import CHECKS
from sim.validation.errors import by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.validation.check import Found

#: What a picture can be written as.
FORMATS = ("svg", "pdf", "png")
#: Of Okabe and Ito (2008), which the colour-blind tell apart; and a mark beside each, for print in grey.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h", "*", "p")
_INK, _GREY = "#222222", "#767676"
#: Axes of less than this (ratio) have numbers between the powers of ten, too.
DECADE = 6.0
#: Side of a panel (inches), and how many stand in a row.
SIDE, ROW = 3.1, 3


def draw(found: Mapping[str, Found], form: str) -> bytes:
    """A picture of all rows, with their intervals; on the line what is predicted is what was measured.

    Parameters
    ----------
    found
        What has come out of each check, by its name.
    form
        One of `FORMATS`.

    Returns
    -------
    bytes
        The file; the same rows give the same bytes.
    """
    import matplotlib
    from matplotlib.figure import Figure

    columns = min(ROW, len(found))
    lines = math.ceil(len(found) / columns)
    with matplotlib.rc_context():  # the user's own style would change the bytes
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "paceline", "font.size": 8.0, "pdf.fonttype": 42})
        figure = Figure(figsize=(SIDE * columns, SIDE * lines), dpi=200, layout="constrained")
        for name, axes in zip(found, figure.subplots(lines, columns, squeeze=False).flat, strict=False):
            _panel(axes, name, found[name])
        for axes in figure.axes[len(found) :]:
            axes.set_visible(False)
        drawn = io.BytesIO()
        figure.savefig(drawn, format=form, metadata={"Software": None} if form == "png" else _undated(form))
    return drawn.getvalue()


def _undated(form: str) -> Mapping[str, None]:
    return {"CreationDate": None} if form == "pdf" else {"Date": None}


def _panel(axes: Axes, name: str, found: Found) -> None:
    ends = [value for row in found.rows for value in (row.measured, row.predicted) if value > 0.0]
    low, high = min(ends) / 1.25, max(ends) * 1.25
    axes.plot([low, high], [low, high], color=_GREY, linewidth=0.8, zorder=1)
    for number, (kind, rows) in enumerate(by(found.rows, lambda row: row.kind).items()):
        measured = [row.measured for row in rows]
        predicted = [row.predicted for row in rows]
        bars = [
            [max(0.0, row.predicted - row.low) for row in rows],
            [max(0.0, row.high - row.predicted) for row in rows],
        ]
        axes.errorbar(
            measured,
            predicted,
            bars,
            fmt=MARKS[number % len(MARKS)],
            color=COLOURS[number % len(COLOURS)],
            markersize=3.0,
            linewidth=0.5,
            alpha=0.75,
            label=kind.replace("_", " "),
        )
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}" if high < DECADE * low else "")
    unit = f" ({CHECKS[name].unit})" if CHECKS[name].unit else ""
    axes.set_title(f"{name.replace('_', ' ')}{unit}", loc="left", fontsize=8.0, color=_INK)
    axes.set_xlabel("measured", fontsize=8.0)
    axes.set_ylabel("predicted", fontsize=8.0)
    axes.tick_params(which="both", labelsize=7.0, colors=_GREY, labelcolor=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=6.0, frameon=False, loc="upper left", handletextpad=0.2, borderaxespad=0.1)

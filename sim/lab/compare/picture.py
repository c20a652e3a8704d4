"""The pictures of a lab: loss over seconds of both sides, and how long steps took and how stale gradients were."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.compare.rows import pooled
from sim.lab.compare.side import Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What both sides look like: a colour of Okabe and Ito (2008), and dashes that are there in grey, too.
MEASURED, PREDICTED = ("measured", "#0072b2", "-"), ("predicted", "#d55e00", "--")
_INK, _GREY = "#222222", "#767676"
#: Points that means are drawn at, and bins of step times.
POINTS, BINS = 300, 40
#: Share of the steps, and of the gradients, that lie beyond the picture: they are counted at its upper end.
BEYOND = 0.005

Sides = Mapping[int, Side]


def curves(measured: Sides, predicted: Sides) -> bytes:
    """Loss over seconds, or updates where nothing is learned; as SVG.

    Every seed is a thin line, their mean a thick one, as far as all seeds go.

    Parameters
    ----------
    measured, predicted
        Both sides, by seed.
    """

    def draw(axes: Axes) -> None:
        learns = all(side.learns for side in (*measured.values(), *predicted.values()))
        for sides, (name, colour, dashes) in ((measured, MEASURED), (predicted, PREDICTED)):
            lines = [(side.evaluated_at, side.losses if learns else side.made) for side in sides.values()]
            if len(lines) > 1:
                for seconds, values in lines:
                    axes.plot(seconds, values, color=colour, linestyle=dashes, linewidth=0.5, alpha=0.45)
            axes.plot(*_mean(lines), color=colour, linestyle=dashes, linewidth=2.0, label=name)
        axes.set_xlabel("seconds")
        axes.set_ylabel("test loss" if learns else "updates")
        axes.legend(frameon=False)

    return _drawn([draw], (9.2, 4.0))


def distributions(measured: Sides, predicted: Sides) -> bytes:
    """How long steps took, and how stale applied gradients were where there is a server; as SVG.

    Parameters
    ----------
    measured, predicted
        Both sides, by seed.
    """
    steps = [np.concatenate([side.steps for side in sides.values()]) * 1e3 for sides in (measured, predicted)]
    staleness = [pooled(sides) for sides in (measured, predicted)]
    panels: list[Callable[[Axes], None]] = []
    if all(len(each) for each in steps):
        panels.append(lambda axes: _steps(axes, *steps))
    if all(each.total() for each in staleness):
        panels.append(lambda axes: _bars(axes, *staleness))
    return _drawn(panels, (9.2, 3.2)) if panels else b""


def _mean(lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> tuple[NDArray[np.float64], ...]:
    """The mean of some lines, over the seconds that all of them have."""
    lines = [line for line in lines if len(line[0])]
    if not lines:
        return np.empty(0), np.empty(0)
    if len(lines) == 1:
        return lines[0]
    grid = np.linspace(max(seconds[0] for seconds, _ in lines), min(seconds[-1] for seconds, _ in lines), POINTS)
    mean: NDArray[np.float64] = np.mean([np.interp(grid, *line) for line in lines], axis=0)
    return grid, mean


def _steps(axes: Axes, *both: NDArray[np.float64]) -> None:
    """Histograms of step times (ms), as outlines over the same bins."""
    every = np.concatenate(both)
    end = max(float(np.quantile(every, 1.0 - BEYOND)), every.min() * 1.01 + 1e-6)
    bins = np.linspace(every.min(), end, BINS + 1)
    for values, (name, colour, dashes) in zip(both, (MEASURED, PREDICTED), strict=True):
        shares = np.histogram(np.minimum(values, end), bins)[0] / len(values)
        axes.stairs(shares, bins, color=colour, linestyle=dashes, linewidth=1.4, label=name)
    axes.set_xlabel("step of a worker (ms)")
    axes.set_ylabel("share of steps")
    axes.legend(frameon=False)


def _bars(axes: Axes, *both: Counter[int]) -> None:
    """Histograms of staleness, as bars side by side."""
    most = max(_oldest(counts) for counts in both)
    for place, (counts, (name, colour, _)) in enumerate(zip(both, (MEASURED, PREDICTED), strict=True)):
        shares = [counts[versions] / counts.total() for versions in range(most)]
        shares.append(1.0 - sum(shares))
        at = np.arange(most + 1) + 0.4 * (place - 0.5)
        look: dict[str, Any] = {"facecolor": colour} if place == 0 else {"facecolor": "none", "hatch": "////"}
        axes.bar(at, shares, 0.4, edgecolor=colour, label=name, **look)
    axes.set_xlabel("staleness of applied gradients (versions)")
    axes.set_ylabel("share of gradients")
    axes.legend(frameon=False)


def _oldest(counts: Counter[int]) -> int:
    """The staleness that all but `BEYOND` of the gradients have at most (versions)."""
    left = BEYOND * counts.total()
    return next(
        versions for versions in sorted(counts) if sum(counts[each] for each in counts if each > versions) <= left
    )


def _drawn(panels: Sequence[Callable[[Axes], None]], size: tuple[float, float]) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():  # the user's own style would change the bytes
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "paceline", "font.size": 9.0, "hatch.linewidth": 0.6})
        figure = Figure(figsize=size, layout="constrained")
        for draw, axes in zip(panels, figure.subplots(1, len(panels), squeeze=False).flat, strict=True):
            draw(axes)
            axes.tick_params(which="both", colors=_GREY, labelcolor=_INK)
            axes.spines[["top", "right"]].set_visible(False)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()

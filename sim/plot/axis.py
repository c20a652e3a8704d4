"""The scale, the limits and the ticks of a figure's axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from sim.results.units import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Which = Literal["x", "y"]

#: Numbers further apart than this are drawn over a logarithmic axis: settings, which people double; anything else.
_LOG_SETTINGS, _LOG = 3.9, 20.0
#: As many values of a setting as have a tick each.
_TICKS = 7
#: Room for a tick's number on a horizontal and on a vertical axis (inches).
_TICK_ACROSS, _TICK_UP = 0.34, 0.2
#: Room beside the outermost values (share of the axis).
_AIR = 0.07


def spread_out(
    axes: Axes, which: Which, values: Iterable[float], *, setting: bool = False, logarithmic: bool | None = None
) -> None:
    """Fit an axis to what is drawn on it.

    Parameters
    ----------
    axes
        Of Matplotlib.
    which
        Which axis of them: ``x`` or ``y``.
    values
        Each number that is drawn, in the unit of the axis.
    setting
        Whether these are values of a setting, each of which has a tick where there are few.
    logarithmic
        Whether it is logarithmic; None: where the values are far apart.
    """
    known = sorted({value for value in values if math.isfinite(value)})
    if not known:
        return
    low, high = known[0], known[-1]
    if logarithmic is None:
        logarithmic = high > (_LOG_SETTINGS if setting else _LOG) * low
    if 0 < low < high and logarithmic:
        _logarithmic(axes, which, low, high)
    else:
        air = _AIR * (high - low or abs(high) or 1.0)
        _limit(axes, which, max(low - air, 0.0) if low >= 0 else low - air, high + air)
    axis = axes.xaxis if which == "x" else axes.yaxis
    if setting and len(known) <= _TICKS:
        axis.set_ticks(known, [plain(value) for value in known])
        axis.set_ticks([], minor=True)


def _limit(axes: Axes, which: Which, low: float, high: float) -> None:
    axes.set(**{f"{which}lim": (low, high)})


def plain(value: float) -> str:
    """A tick's text: as few digits as there are."""
    return f"{value:.6g}" if 1e-3 <= abs(value) < 1e5 or value == 0 else number(value)


def _logarithmic(axes: Axes, which: Which, low: float, high: float) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    air = (high / low) ** _AIR
    _limit(axes, which, low / air, high * air)
    axis.set_major_locator(LogLocator(subs=_between(low, high, _room(axes, which)), numticks=99))
    axis.set_major_formatter(lambda value, _: plain(value))
    axis.set_minor_locator(NullLocator())


def _room(axes: Axes, which: Which) -> float:
    """How many ticks an axis has room for, about."""
    figure = axes.get_figure()
    box = axes.get_position()
    across, up = (6.0, 4.0) if figure is None else figure.get_size_inches()  # type: ignore[union-attr]
    return box.width * across / _TICK_ACROSS if which == "x" else box.height * up / _TICK_UP


def _between(low: float, high: float, room: float) -> list[float]:
    """The digits that have a tick in every decade: as many as there is room for."""
    decades = math.log10(high / low)
    return next((digits for digits in ([1.0, 2.0, 5.0], [1.0, 3.0]) if len(digits) * decades <= room), [1.0])

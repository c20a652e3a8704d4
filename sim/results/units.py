"""Numbers as people read them: the one place where SI values become text."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: What stands where a number would, when it was not measured.
MISSING = "–"
_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Unit:
    """A unit of time or of data: ``seconds / size`` is the number in front of ``name``."""

    name: str
    size: float  # s, or B


_TIME = (Unit("h", 3600.0), Unit("s", 1.0), Unit("ms", 1e-3), Unit("µs", 1e-6))
_BYTES = (Unit("PB", 1e15), Unit("TB", 1e12), Unit("GB", 1e9), Unit("MB", 1e6), Unit("kB", 1e3), Unit("B", 1.0))
_HOURS_FROM = 20_000.0  # s: up to here people compare seconds (it is five and a half hours)


def time_unit(longest: float) -> Unit:
    """The unit in which durations up to ``longest`` (s) read best."""
    if longest >= _HOURS_FROM:
        return _TIME[0]
    return next((unit for unit in _TIME[1:] if longest >= unit.size), _TIME[-1] if longest > 0 else _TIME[1])


def byte_unit(largest: float) -> Unit:
    """The decimal unit in which amounts of data up to ``largest`` (B) read best."""
    return next((unit for unit in _BYTES if largest >= unit.size), _BYTES[-1])


def number(value: float | None, digits: int = 3) -> str:
    """A number to ``digits`` significant digits, whole numbers in full, thousands set apart: ``32 512``, ``0.0123``."""
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "∞" if value == math.inf else "not a number" if math.isnan(value) else "−∞"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude < 15:
        return f"{value:.{digits - 1}e}"
    if float(value).is_integer() or magnitude >= digits - 1:
        return f"{round(value):,}".replace(",", _SPACE)
    return f"{value:.{digits - 1 - magnitude}f}"


def duration(seconds: float | None, unit: Unit | None = None, half_width: float | None = None) -> str:
    """A time in the unit that fits, or in the one given: ``12.3 s``, ``12.3 ± 0.4 s``."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    unit = unit or time_unit(abs(seconds))
    margin = "" if half_width is None else f"{_SPACE}±{_SPACE}{number(half_width / unit.size, 2)}"
    return f"{number(seconds / unit.size)}{margin}{_SPACE}{unit.name}"


def data_size(size: float | None) -> str:
    """An amount of data given in B, in decimal units: ``1.23 GB``."""
    if size is None:
        return MISSING
    unit = byte_unit(size)
    return f"{number(size / unit.size)}{_SPACE}{unit.name}"


def percent(fraction: float | None, decimals: int = 0) -> str:
    """A fraction from 0 to 1 as ``41 %``."""
    if fraction is None or not math.isfinite(fraction):
        return MISSING
    return f"{100 * fraction:.{decimals}f}{_SPACE}%"


def level(fraction: float) -> str:
    """A target as ``95 %`` or ``97.5 %``, with no more digits than it was given with."""
    return f"{float(f'{100 * fraction:.6g}'):g}{_SPACE}%"

"""An axis of a chart: from values to positions, and where its ticks stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.results.units import number

#: A logarithmic axis spans no more than this: what is smaller than the largest value's last bit is noise.
_DECADES = 16
#: The ends of an axis and what is between them are doubles.
_MOST = 1e300
#: With fewer ticks than this, a logarithmic axis cannot be read.
_FEWEST = 3
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass
class Axis:
    """A linear or logarithmic scale from ``low`` to ``high`` over the positions ``start`` to ``stop``."""

    low: float
    high: float
    start: float  # in units of the drawing
    stop: float
    log: bool = False

    def __post_init__(self) -> None:
        self.low, self.high = max(self.low, -_MOST), min(self.high, _MOST)

    def position(self, value: float) -> float:
        """Where a value is drawn: at the end of the axis where it is beyond that, or a logarithm's of nothing."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def ticks(self, about: int = 6) -> list[tuple[float, str]]:
        """Round values inside the axis with their text, roughly ``about`` of them."""
        values = self._decades(about) if self.log else self._multiples(about)
        return [(value, f"{value:.6g}" if abs(value) < 1e4 else number(value)) for value in values]

    def _multiples(self, about: int) -> list[float]:
        rough = (self.high - self.low) / about
        scale = 10.0 ** math.floor(math.log10(rough))
        step = next(scale * step for step in _STEPS if scale * step >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]

    def _decades(self, about: int) -> list[float]:
        """Powers of ten, with as many between them as there is room for; of a short axis what a linear one has."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        every = max(1, math.ceil((last - first) / about))
        for between, step in (((1, 2, 5), 1), ((1, 3), 1), ((1,), every)):
            values = [digit * 10.0**power for power in range(first, last + 1, step) for digit in between]
            inside = [value for value in values if self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)]
            if len(inside) <= 2 * about:
                break
        # A whole decade has at least three of 1, 2 and 5.
        return inside if len(inside) >= _FEWEST or self.high > 10 * self.low else self._multiples(about)


def spanning(low: float, high: float, start: float, stop: float, *, log: bool = False) -> Axis:
    """An axis that holds both values with a little air, also when they are the same; none beyond 10^300."""
    low, high = max(low, -_MOST), min(high, _MOST)
    if log:
        low = max(low, high * 10.0**-_DECADES)
        air = (high / low) ** 0.04 if high > low else 1.1
        return Axis(low / air, high * air, start, stop, log=True)
    air = 0.04 * (high - low) if high > low else max(abs(high), 1.0) * 0.1
    return Axis(low - air, high + air, start, stop)

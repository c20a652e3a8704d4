"""Lines over virtual time as inline SVG, coloured by the page's style sheet so that it follows light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from sim.report.axis import Axis, spanning
from sim.results.series import Series, mean
from sim.results.units import Unit, level

_WIDTH, _HEIGHT = 520, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 508, 12, 292
#: Losses, and lengths of runs, further apart than this are drawn over a logarithmic axis. Over logarithmic time, twice
#: as fast is the same step to the left everywhere.
_LOG_LOSS, _LOG_TIME = 20.0, 6.0
#: What diverges may leave the chart at this multiple of the largest value that any run started from.
_CEILING = 1.5


@dataclass
class Line:
    """A run in a chart."""

    label: str
    style: str  # CSS class, which gives the colour and the dashes
    curves: list[Series]  # one per seed
    arrival: tuple[float, float] | None = None  # s, value: where it reached the target


@dataclass
class Chart:
    """A measure of several runs over virtual time."""

    title: str
    lines: Sequence[Line]  # the first is drawn on top
    unit: Unit  # of time
    percent: bool = False  # the values are fractions and shown as per cent
    target: float | None = None

    def svg(self) -> str:
        """The chart as an ``<svg>`` element that scales with the page."""
        across, up = self._time_axis(), self._value_axis()
        scale = ", log scale" if across.log else ""
        parts = [
            f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(self.title)} over '
            f'virtual time" data-unit="{self.unit.name}" data-percent="{int(self.percent)}" {_data("x", across)} '
            f"{_data('y', up)}>",
            *_grid(across, up),
            f'<text class="axis" x="{(_LEFT + _RIGHT) / 2:g}" y="{_HEIGHT - 8}" text-anchor="middle">virtual time '
            f"({self.unit.name}{scale})</text>",
            *self._target(up),
            # What is drawn last lies on top: the winner.
            *(part for line in reversed(self.lines) for part in self._line(line, across, up)),
            f'<line class="cursor" y1="{_TOP}" y2="{_BOTTOM}" hidden=""></line></svg>',
        ]
        return "\n".join(parts)

    def _time_axis(self) -> Axis:
        ends = [max(curve.seconds[-1] for curve in line.curves) / self.unit.size for line in self.lines]
        instants = [
            instant / self.unit.size for line in self.lines for curve in line.curves for instant in curve.seconds
        ]
        positive = [instant for instant in instants if instant > 0]
        longest = max(positive, default=1.0)
        soon = min((end for end in ends if end > 0), default=longest)
        if longest > _LOG_TIME * soon:
            return Axis(max(min(positive), soon / 30), longest, _LEFT, _RIGHT, log=True)
        return Axis(0.0, longest * 1.01, _LEFT, _RIGHT)

    def _value_axis(self) -> Axis:
        factor = 100.0 if self.percent else 1.0
        curves = [curve for line in self.lines for curve in line.curves]
        values = [value * factor for curve in curves for value in curve.values if math.isfinite(value)]
        starts = [curve.values[0] * factor for curve in curves if curve.values and math.isfinite(curve.values[0])]
        if not values:
            return Axis(0.0, 1.0, _BOTTOM, _TOP)
        low, high = min(values), max(values)
        if not self.percent and starts and 0 < max(starts) * _CEILING < high:
            high = max(starts) * _CEILING
        if self.target is not None:
            high = max(high, self.target * factor)
        log = not self.percent and low > 0 and high > _LOG_LOSS * low
        axis = spanning(low, high, _BOTTOM, _TOP, log=log)
        if self.percent:
            axis.low, axis.high = max(axis.low, 0.0), min(axis.high, 100.0)
        return axis

    def _target(self, up: Axis) -> Iterator[str]:
        if self.target is not None:
            y = _number(up.position(self.target * (100.0 if self.percent else 1.0)))
            yield f'<line class="target" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}"></line>'
            at = f'x="{_RIGHT}" y="{float(y) + 17:g}" text-anchor="end"'
            yield f'<text class="note" {at}>target {level(self.target)}</text>'

    def _line(self, line: Line, across: Axis, up: Axis) -> Iterator[str]:
        average = mean(line.curves)
        yield f'<g class="line {line.style}" data-label="{escape(line.label)}">'
        if len(line.curves) > 1:
            for curve in line.curves:
                yield f'<path class="seed" d="{self._path(curve, across, up)}"></path>'
        title = f"<title>{escape(line.label)}</title>"
        yield f'<path class="mean" d="{self._path(average, across, up)}">{title}</path>'
        if line.arrival is not None and line.style != "other":
            x, y = self._point(*line.arrival, across, up)
            yield f'<circle cx="{_number(x)}" cy="{_number(y)}" r="4.5"></circle>'
        yield "</g>"

    def _point(self, seconds: float, value: float, across: Axis, up: Axis) -> tuple[float, float]:
        return across.position(seconds / self.unit.size), up.position(value * (100.0 if self.percent else 1.0))

    def _path(self, curve: Series, across: Axis, up: Axis) -> str:
        """The path, without points too close to be told apart; broken where a value is not finite or off the chart."""
        pieces, last, pen = [], (math.inf, math.inf), "M"
        final = len(curve.seconds) - 1
        for index, (seconds, value) in enumerate(zip(curve.seconds, curve.values, strict=True)):
            if seconds / self.unit.size < across.low:
                continue  # logarithmic time has no zero
            if not math.isfinite(value):
                pen = "M"
                continue
            x, y = self._point(seconds, value, across, up)
            if pen == "L" and index < final and abs(x - last[0]) < 0.5 and abs(y - last[1]) < 0.5:
                continue
            off = not _TOP - 0.01 <= y <= _BOTTOM + 0.01
            if pen == "L" or not off:
                # What leaves is drawn as far as the edge: 1e300 is not a coordinate.
                pieces.append(f"{pen}{_number(x)} {_number(min(max(y, _TOP), _BOTTOM))}")
            pen, last = "M" if off else "L", (x, y)
        return "".join(pieces) + ("h0" if len(pieces) == 1 else "")  # a single evaluation shows as a dot


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for value, text in up.ticks():
        y = _number(up.position(value))
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}"></line>'
        yield f'<text class="tick" x="{_LEFT - 7}" y="{float(y) + 4.5:g}" text-anchor="end">{text}</text>'
    for value, text in across.ticks():
        x = _number(across.position(value))
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_BOTTOM}"></line>'
        yield f'<text class="tick" x="{x}" y="{_BOTTOM + 18}" text-anchor="middle">{text}</text>'


def _data(name: str, axis: Axis) -> str:
    """What the page's script needs to turn a position back into a value."""
    parts: Iterable[float] = (axis.low, axis.high, axis.start, axis.stop)
    return f'data-{name}="{" ".join(f"{part:.9g}" for part in parts)} {int(axis.log)}"'


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

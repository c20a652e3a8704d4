"""Lines over virtual time as inline SVG, coloured by the page's style sheet so that it follows light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from sim.report.axis import Axis, spanning
from sim.report.look import Look
from sim.results.series import Band, Series, band, mean
from sim.results.units import Unit, level

#: Losses, and lengths of runs, further apart than this are drawn over a logarithmic axis. Over logarithmic time, twice
#: as fast is the same step to the left everywhere.
_LOG_LOSS, _LOG_TIME = 20.0, 6.0
#: Where all that is raced to lies in this part of the time, the time is logarithmic, too.
_SOON = 0.1
#: What diverges may leave the chart at this multiple of the largest value that any run started from.
_CEILING = 1.5
#: More seeds than this are drawn as a band.
MOST_SEEDS = 3
#: So many instants of a band, at most.
_INSTANTS = 81


class Frame(NamedTuple):
    """The measures of a drawing, in its own units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    markers: int  # on a line over the whole width
    ticks: tuple[int, int]  # below it and at its left, about


LARGE = Frame(520, 340, 52, 508, 12, 292, 6, (6, 6))
SMALL = Frame(250, 186, 38, 244, 8, 150, 4, (3, 4))


@dataclass
class Line:
    """A run in a chart."""

    label: str
    look: Look
    curves: list[Series]  # one per seed
    arrival: tuple[float, float] | None = None  # s, value: where it reached the target
    first: bool = False  # whether it is the winner

    @cached_property
    def band(self) -> Band | None:
        """The mean with its interval; None of so few seeds that each is drawn."""
        return band(self.curves, _instants(self.curves)) if len(self.curves) > MOST_SEEDS else None

    @cached_property
    def mean(self) -> Series:
        """The mean over its seeds."""
        return mean(self.curves) if self.band is None else self.band.mean


class Measured(NamedTuple):
    """What charts show that are to be held against each other.

    Attributes
    ----------
    title
        What is measured.
    unit
        Of time.
    percent
        Whether the values are fractions and shown as per cent.
    target
        Test accuracy that is raced to, 0 to 1; None: nothing is.
    """

    title: str
    unit: Unit
    percent: bool = False
    target: float | None = None

    def axes(self, lines: Sequence[Line], frame: Frame = LARGE) -> tuple[Axis, Axis]:
        """Time, and what is measured, of all lines that are to be held against each other."""
        return self._time_axis(lines, frame), self._value_axis(lines, frame)

    def _time_axis(self, lines: Sequence[Line], frame: Frame) -> Axis:
        ends = [max(curve.seconds[-1] for curve in line.curves) / self.unit.size for line in lines]
        starts = [next((at for at in curve.seconds if at > 0), 0.0) for line in lines for curve in line.curves]
        positive = [start / self.unit.size for start in starts if start > 0]
        longest = max(ends, default=0.0) or 1.0
        there = [line.arrival[0] / self.unit.size for line in lines if line.arrival is not None]
        soon = min((end for end in ends if end > 0), default=longest)
        early = 0.0 < max(there, default=longest) < _SOON * longest
        if longest > _LOG_TIME * soon or early:
            first = min(soon, min(there)) if early else soon
            return Axis(max(min(positive), first / 30), longest, frame.left, frame.right, log=True)
        return Axis(0.0, longest * 1.01, frame.left, frame.right)

    def _value_axis(self, lines: Sequence[Line], frame: Frame) -> Axis:
        factor = 100.0 if self.percent else 1.0
        curves = [curve for line in lines for curve in line.curves]
        values = [value * factor for curve in curves for value in curve.values if math.isfinite(value)]
        starts = [curve.values[0] * factor for curve in curves if curve.values and math.isfinite(curve.values[0])]
        if not values:
            return Axis(0.0, 1.0, frame.bottom, frame.top)
        low, high = min(values), max(values)
        if not self.percent and starts and 0 < max(starts) * _CEILING < high:
            high = max(starts) * _CEILING
        if self.target is not None:
            high = max(high, self.target * factor)
        log = not self.percent and low > 0 and high > _LOG_LOSS * low
        axis = spanning(low, high, frame.bottom, frame.top, log=log)
        if self.percent:
            axis.low, axis.high = max(axis.low, 0.0), min(axis.high, 100.0)
        return axis


@dataclass
class Chart:
    """A measure of several runs over virtual time."""

    measured: Measured
    lines: Sequence[Line]  # the first is drawn on top
    axes: tuple[Axis, Axis]
    frame: Frame = LARGE
    title: str = ""  # what it is called where it is one of several of this measure

    def svg(self) -> str:
        """The chart as an ``<svg>`` element that scales with the page."""
        (across, up), frame, unit = self.axes, self.frame, self.measured.unit
        scale = ", log scale" if across.log else ""
        named = f"{self.measured.title} over virtual time{f', {self.title}' if self.title else ''}"
        parts = [
            f'<svg class="chart" viewBox="0 0 {frame.width} {frame.height}" role="img" aria-label="{escape(named)}" '
            f'data-unit="{unit.name}" data-percent="{int(self.measured.percent)}" {_data("x", across)} '
            f"{_data('y', up)}>",
            *grid(across, up, frame),
            f'<text class="axis" x="{(frame.left + frame.right) / 2:g}" y="{frame.height - 8}" text-anchor="middle">'
            f"virtual time ({unit.name}{scale})</text>",
            *self._target(up),
            # What is drawn last lies on top: the winner.
            *(part for line in reversed(self.lines) for part in self._line(line, across, up)),
            f'<line class="cursor" y1="{frame.top}" y2="{frame.bottom}" hidden=""></line></svg>',
        ]
        return "\n".join(parts)

    def _target(self, up: Axis) -> Iterator[str]:
        target, frame = self.measured.target, self.frame
        if target is not None:
            y = _number(up.position(target * (100.0 if self.measured.percent else 1.0)))
            yield f'<line class="target" x1="{frame.left}" x2="{frame.right}" y1="{y}" y2="{y}"></line>'
            if frame == LARGE:
                at = f'x="{frame.right}" y="{float(y) + 17:g}" text-anchor="end"'
                yield f'<text class="note" {at}>target {level(target)}</text>'

    def _line(self, line: Line, across: Axis, up: Axis) -> Iterator[str]:
        first = " first" if line.first else ""
        yield f'<g class="line {line.look.style}{first}" data-label="{escape(line.label)}">'
        if line.band is not None and line.look.shape:
            yield f'<path class="band" d="{self._area(line.band, across, up)}"></path>'
        elif 1 < len(line.curves) <= MOST_SEEDS:
            for curve in line.curves:
                yield f'<path class="seed" d="{self._path(curve, across, up)}"></path>'
        title = f"<title>{escape(line.label)}</title>"
        yield f'<path class="mean" d="{self._path(line.mean, across, up)}">{title}</path>'
        yield "".join(self._markers(line, across, up))
        if line.arrival is not None and line.look.shape:
            x, y = self._point(*line.arrival, across, up)
            yield f'<circle cx="{_number(x)}" cy="{_number(y)}" r="5.5"></circle>'
        yield "</g>"

    def _markers(self, line: Line, across: Axis, up: Axis) -> Iterator[str]:
        """Markers along a line, apart from those of others; one at its end where it is too short for any."""
        frame, curve = self.frame, line.mean
        points = [
            self._point(seconds, value, across, up)
            for seconds, value in zip(curve.seconds, curve.values, strict=True)
            if math.isfinite(value) and seconds / self.measured.unit.size >= across.low
        ]
        points = [(x, y) for x, y in points if frame.top <= y <= frame.bottom]
        if not points or not line.look.shape:
            return
        step = (frame.right - frame.left) / frame.markers
        wanted = [frame.left + step * (place + 0.2 + 0.8 * line.look.place) for place in range(frame.markers)]
        course = Series([x for x, _ in points], [y for _, y in points])
        inside = [x for x in wanted if points[0][0] <= x <= points[-1][0]]
        for x in inside or [points[-1][0]]:
            yield line.look.marker(x, course.at(x))

    def _point(self, seconds: float, value: float, across: Axis, up: Axis) -> tuple[float, float]:
        factor = 100.0 if self.measured.percent else 1.0
        return across.position(seconds / self.measured.unit.size), up.position(value * factor)

    def _path(self, curve: Series, across: Axis, up: Axis) -> str:
        """The path, without points too close to be told apart; broken where a value is not finite or off the chart."""
        pieces, last, pen, frame = [], (math.inf, math.inf), "M", self.frame
        final = len(curve.seconds) - 1
        for index, (seconds, value) in enumerate(zip(curve.seconds, curve.values, strict=True)):
            if seconds / self.measured.unit.size < across.low:
                continue  # logarithmic time has no zero
            if not math.isfinite(value):
                pen = "M"
                continue
            x, y = self._point(seconds, value, across, up)
            if pen == "L" and index < final and abs(x - last[0]) < 0.5 and abs(y - last[1]) < 0.5:
                continue
            off = not frame.top - 0.01 <= y <= frame.bottom + 0.01
            if pen == "L" or not off:
                # What leaves is drawn as far as the edge: 1e300 is not a coordinate.
                pieces.append(f"{pen}{_number(x)} {_number(min(max(y, frame.top), frame.bottom))}")
            pen, last = "M" if off else "L", (x, y)
        return "".join(pieces) + ("h0" if len(pieces) == 1 else "")  # a single evaluation shows as a dot

    def _area(self, found: Band, across: Axis, up: Axis) -> str:
        """The band as an outline, there along its upper and back along its lower side."""
        frame = self.frame
        sides = [
            [
                self._point(seconds, value, across, up)
                for seconds, value in zip(side.seconds, side.values, strict=True)
                if math.isfinite(value) and seconds / self.measured.unit.size >= across.low
            ]
            for side in (found.high, found.low)
        ]
        outline = [*sides[0], *reversed(sides[1])]
        return "".join(
            f"{'L' if place else 'M'}{x:.1f} {min(max(y, frame.top), frame.bottom):.1f}"
            for place, (x, y) in enumerate(outline)
        ) + ("z" if outline else "")


def grid(across: Axis, up: Axis, frame: Frame, values_across: Sequence[tuple[float, str]] = ()) -> Iterator[str]:
    """The lines of a grid with what stands at its left and below it; below it, where given, at these values alone."""
    for value, text in up.ticks(frame.ticks[1]):
        y = _number(up.position(value))
        yield f'<line class="grid" x1="{frame.left}" x2="{frame.right}" y1="{y}" y2="{y}"></line>'
        yield f'<text class="tick" x="{frame.left - 7}" y="{float(y) + 4.5:g}" text-anchor="end">{text}</text>'
    for value, text in values_across or across.ticks(frame.ticks[0]):
        x = _number(across.position(value))
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{frame.top}" y2="{frame.bottom}"></line>'
        yield f'<text class="tick" x="{x}" y="{frame.bottom + 16}" text-anchor="middle">{text}</text>'


def _instants(curves: Sequence[Series]) -> list[float]:
    """When a band is drawn: at all evaluations, or else evenly over linear and over logarithmic time (s)."""
    everything = sorted({instant for curve in curves for instant in curve.seconds})
    if len(everything) <= _INSTANTS:
        return everything
    first, last = next(instant for instant in everything if instant > 0), everything[-1]
    half = _INSTANTS // 2
    even = [last * place / half for place in range(half + 1)]
    return sorted({*even, *(first * (last / first) ** (place / half) for place in range(half + 1))})


def _data(name: str, axis: Axis) -> str:
    """What the page's script needs to turn a position back into a value."""
    parts: Iterable[float] = (axis.low, axis.high, axis.start, axis.stop)
    return f'data-{name}="{" ".join(f"{part:.9g}" for part in parts)} {int(axis.log)}"'


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

"""Points with whiskers over two logarithmic axes, as inline SVG: as wide as the page, its text of one size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sim.evidence.range import Range
from sim.planning.sections import marks
from sim.planning.sections.labels import Place, mark_at, place_labels, written
from sim.report.axis import Axis, spanning

_HEIGHT = 420.0  # px
#: Widths (pixels) of the frame on pages of both kinds of page.css; names stand clear of each other in all of them.
_WIDTHS = {"narrow": (290.0, 440.0, 590.0), "wide": (600.0, 840.0, 1075.0)}
#: About so many ticks: across there is no room for more on a telephone.
_TICKS_ACROSS, _TICKS_UP = 3, 5
#: A goal so many times beyond all candidates would leave them no room (ratio).
_FAR = 20.0


class Point(NamedTuple):
    """A candidate in the figure.

    Attributes
    ----------
    name, short
        What is written beside it, and where there is no room for that.
    said
        What a reader sees who points at it.
    machine
        The place of its kind of machine (index), which gives the mark.
    time, cost
        Where it is, in the units of the axes.
    front
        Whether no other is better in both.
    best
        Whether it is the one that is recommended.
    """

    name: str
    short: str
    said: str
    machine: int
    time: Range
    cost: Range
    front: bool
    best: bool


class Goal(NamedTuple):
    """A deadline or a budget.

    Attributes
    ----------
    value
        Where it is on its axis (in that unit).
    words
        What is written at its line.
    """

    value: float
    words: str


@dataclass
class Plane:
    """The figure."""

    points: Sequence[Point]  # at least one
    across_words: str
    up_words: str
    deadline: Goal | None = None
    budget: Goal | None = None

    @property
    def far(self) -> list[Goal]:
        """Goals that are not drawn: they are too far from all points."""
        found = ((self.deadline, self._across), (self.budget, self._up))
        return [goal for goal, axis in found if goal and not axis.low <= goal.value <= axis.high]

    @cached_property
    def _across(self) -> Axis:
        ends = _ends([(point.time, point) for point in self.points], self.deadline)
        return spanning(*ends, 0.0, 1.0, log=True)

    @cached_property
    def _up(self) -> Axis:
        ends = _ends([(point.cost, point) for point in self.points], self.budget)
        return spanning(*ends, _HEIGHT, 0.0, log=True)

    def svg(self, title: str) -> str:
        """The ``<svg>`` element; page.css gives it its width.

        Parameters
        ----------
        title
            What is read aloud of it.
        """
        # What is drawn last lies on top.
        points = sorted(self.points, key=lambda point: (point.best, point.front))
        goals = list(self._goals())
        parts = [
            f'<svg class="plane" height="{_HEIGHT:g}" role="img" aria-label="{title} of {len(points)} candidates">',
            *self._grid(),
            *(line for line, _ in goals),
            *(line for point in points for line in self._whiskers(point)),
            *self._front(),
            *(self._mark(point) for point in points),
            *self._names([place for _, place in goals]),
            "</svg>",
        ]
        return "\n".join(parts)

    def _grid(self) -> Iterator[str]:
        for value, tick in self._up.ticks(_TICKS_UP):
            y = self._up.position(value)
            yield f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"></line>'
            yield f'<text x="-8" y="{y + 4.5:.1f}" text-anchor="end">{tick}</text>'
        for value, tick in self._across.ticks(_TICKS_ACROSS):
            x = _percent(self._across.position(value))
            yield f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="100%"></line>'
            yield f'<text x="{x}" y="{_HEIGHT + 19:g}" text-anchor="middle">{tick}</text>'
        yield f'<text class="axis" x="-48" y="-30">{self.up_words}</text>'
        yield f'<text class="axis" x="100%" y="{_HEIGHT + 42:g}" text-anchor="end">{self.across_words}</text>'

    def _goals(self) -> Iterator[tuple[str, Place]]:
        """The lines of what was asked for with their words, and what these cover."""
        far = self.far
        if self.deadline and self.deadline not in far:
            share, words = self._across.position(self.deadline.value), self.deadline.words
            anchor = "start" if share < 0.25 else "end" if share > 0.75 else "middle"
            x = _percent(share)
            yield (
                f'<line class="target" x1="{x}" x2="{x}" y1="0" y2="100%"></line>'
                f'<text class="goal" x="{x}" y="-8" text-anchor="{anchor}">{words}</text>',
                written(words, anchor, share, 0.0, -8.0),
            )
        if self.budget and self.budget not in far:
            y, words = self._up.position(self.budget.value), self.budget.words
            down = y - 6 if y > 20 else y + 15
            yield (
                f'<line class="target" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"></line>'
                f'<text class="goal" x="100%" dx="-4" y="{down:.1f}" text-anchor="end">{words}</text>',
                written(words, "end", 1.0, -4.0, down),
            )

    def _whiskers(self, point: Point) -> Iterator[str]:
        x, y = self._at(point)
        style = f"{marks.style(point.machine)}{_weight(point)}"
        left, right = (_percent(self._across.position(end)) for end in (point.time.low, point.time.high))
        low, high = (self._up.position(end) for end in (point.cost.low, point.cost.high))
        if left != right:
            yield f'<line class="whisker {style}" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"></line>'
        if low != high:
            yield (
                f'<line class="whisker {style}" x1="{_percent(x)}" x2="{_percent(x)}" y1="{low:.1f}" y2="{high:.1f}">'
                "</line>"
            )

    def _front(self) -> Iterator[str]:
        """The steps from each of the front to the next that is cheaper."""
        steps: list[tuple[float, float]] = []
        for point in sorted((point for point in self.points if point.front), key=lambda point: point.time.middle):
            x, y = self._at(point)
            if steps and y <= steps[-1][1]:
                continue  # of the front for another reason than these two
            if steps:
                before_x, before_y = steps[-1]
                yield _step(before_x, x, before_y, before_y)
                yield _step(x, x, before_y, y)
            steps.append((x, y))

    def _mark(self, point: Point) -> str:
        x, y = self._at(point)
        return (
            f'<svg class="mark {marks.style(point.machine)}{_weight(point)}" x="{_percent(x)}" y="{y:.1f}">'
            f"<title>{point.said}</title>{marks.shape(point.machine)}</svg>"
        )

    def _names(self, goals: Sequence[Place]) -> Iterator[str]:
        """The names of the best and the front, once for narrow pages and once for wide ones."""
        named = sorted((point for point in self.points if point.best or point.front), key=lambda point: not point.best)
        strong = [mark_at(*self._at(point)) for point in named]
        faint = [mark_at(*self._at(point)) for point in self.points if not (point.best or point.front)]
        wanted = [
            (mark, (point.name,) if point.best else (point.name, point.short))
            for mark, point in zip(strong, named, strict=True)
        ]
        for page, widths in _WIDTHS.items():
            for point, label in zip(
                named, place_labels(wanted, [*goals, *strong], faint, widths, _HEIGHT), strict=True
            ):
                if label is not None and label.words:
                    x, y = self._at(point)
                    right, down = label.shift
                    best = " best" if point.best else ""
                    yield (
                        f'<text class="name {page}{best}" x="{_percent(x)}" dx="{right:g}" y="{y + down:.1f}" '
                        f'text-anchor="{label.anchor}">{label.words}</text>'
                    )

    def _at(self, point: Point) -> tuple[float, float]:
        """Where a point is: 0 to 1 of the width, and pixels from the top."""
        return self._across.position(point.time.middle), self._up.position(point.cost.middle)


def _ends(ranges: Sequence[tuple[Range, Point]], goal: Goal | None) -> tuple[float, float]:
    """Where an axis begins and ends: it holds all middles, the whiskers of those that are named, and a goal nearby."""
    middles = [found.middle for found, _ in ranges]
    values = middles + [
        end for found, point in ranges if point.best or point.front for end in (found.low, found.high) if end > 0.0
    ]
    if goal and min(middles) / _FAR <= goal.value <= max(middles) * _FAR:
        values.append(goal.value)
    return min(values), max(values)


def _weight(point: Point) -> str:
    return " best" if point.best else "" if point.front else " faint"


def _step(x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line class="front" x1="{_percent(x1)}" x2="{_percent(x2)}" y1="{y1:.1f}" y2="{y2:.1f}"></line>'


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"

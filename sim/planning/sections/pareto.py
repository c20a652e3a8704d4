"""What each candidate takes against what it costs: which are drawn, and what is said of the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.evidence.range import Range
from sim.planning.sections import marks
from sim.planning.sections.plane import Goal, Plane, Point
from sim.planning.sections.words import (
    REFUSED,
    best_unit,
    candidates,
    certain,
    chosen,
    endless,
    goal_of,
    is_chosen,
    joined,
    listed,
    machines,
    ranged,
    text,
    time_of,
    told,
)
from sim.results.units import Unit, number

#: Where nothing is to be learned, a time is that of so many samples.
_SAMPLES = 1e6


def pareto(plan: Mapping[str, Any]) -> str:
    """The figure of a plan with its legend and what is not in it, as HTML."""
    axes = _axes(plan)
    points, left_out = _points(plan, axes)
    absent = f'\n<p class="note">Not drawn: {"; ".join(_absent(left_out))}.</p>' if left_out else ""
    if not points:
        return f'<h2>{axes.title}</h2>\n<p class="note">No candidate can be drawn.</p>{absent}'
    plane = Plane(points, axes.across, axes.up, axes.deadline, axes.budget)
    notes = "".join(f'\n<p class="note">{words}</p>' for words in _notes(plane, axes))
    legend = "\n".join(_legend(plan, points))
    return (
        f'<figure class="pareto">\n<h2>{axes.title}</h2>\n<ul class="legend">\n{legend}\n</ul>\n'
        f"{plane.svg(axes.title)}{notes}{absent}\n</figure>"
    )


class _Axes(NamedTuple):
    """What is drawn against what: of each, its words, what a candidate has, why one has not, and the goal."""

    title: str
    across: str
    up: str
    time: Callable[[Mapping[str, Any]], Range | None]
    cost: Callable[[Mapping[str, Any]], Range | None]
    without: tuple[str, str]
    deadline: Goal | None
    budget: Goal | None
    dearer: str


def _axes(plan: Mapping[str, Any]) -> _Axes:
    goal = goal_of(plan)
    if endless(plan):
        share = goal.get("utilisation")
        idle = round(100.0 * (1.0 - share), 6) if share else None
        return _Axes(
            "Time of a million samples against time lost",
            "time of a million samples (min, log scale)",
            "time not computing (%, log scale)",
            _of_samples,
            _lost,
            ("without a speed", "that always compute"),
            None,
            Goal(idle, f"at most {number(idle)} %") if idle else None,
            "",
        )
    unit = best_unit(plan)
    priced = any(ranged(each.get("cost")) for each in candidates(plan))
    minutes, budget = goal.get("minutes"), goal.get("cost") if priced else None
    time = minutes and 60.0 * minutes / unit.size
    return _Axes(
        "Time against cost" if priced else "Time against devices",
        f"time to the goal ({unit.name}, log scale)",
        "cost (USD, log scale)" if priced else "devices (log scale)",
        lambda each: (seconds := time_of(each)) and Range(*(value / unit.size for value in seconds)),
        (lambda each: ranged(each.get("cost"))) if priced else _devices,
        ("without a time", "without a price" if priced else "without a number of devices"),
        Goal(time, f"deadline {number(time)} {unit.name}") if time else None,
        Goal(float(budget), f"budget {number(budget)} USD") if budget else None,
        "costs" if priced else "takes",
    )


def _of_samples(candidate: Mapping[str, Any]) -> Range | None:
    """How long a million samples take (min)."""
    rate = ranged(candidate.get("samples_per_second"))
    return rate and Range(*(_SAMPLES / 60.0 / each for each in (rate.high, rate.middle, rate.low)))


def _lost(candidate: Mapping[str, Any]) -> Range | None:
    """Which share of their time devices do not compute (%)."""
    used = ranged(candidate.get("utilisation"))
    return used and Range(*(100.0 * (1.0 - each) for each in (used.high, used.middle, used.low)))


def _points(plan: Mapping[str, Any], axes: _Axes) -> tuple[list[Point], list[tuple[str, str]]]:
    """What is drawn; and why the others are not, with their names."""
    kinds = {name: place for place, name in enumerate(machines(plan))}
    unit, drawn, left_out = best_unit(plan), [], []
    for each in candidates(plan):
        time, cost, name = axes.time(each), axes.cost(each), text(each.get("name"))
        if each.get("status") in REFUSED:
            left_out.append((_REFUSED[each["status"]], name))
        elif time is None or time.middle <= 0.0:
            left_out.append((axes.without[0], name))
        elif cost is None or cost.middle <= 0.0:
            left_out.append((axes.without[1], name))
        else:
            kind, front = kinds[str(each.get("machine"))], bool(each.get("pareto"))
            drawn.append(Point(name, _count(each), _said(each, unit), kind, time, cost, front, is_chosen(each, plan)))
    return drawn, left_out


_REFUSED = {"does_not_fit": "that do not fit into memory", "refused": "that cannot be run"}


def _said(candidate: Mapping[str, Any], unit: Unit) -> str:
    """What a reader sees who points at the mark."""
    cost, seconds = ranged(candidate.get("cost")), time_of(candidate)
    parts = [
        text(" ".join(map(str, [candidate.get("name"), *(candidate.get("varied") or ())]))),
        *([told(seconds, unit.size, unit.name)] if seconds else []),
        *([told(cost, 1.0, "USD")] if cost else []),
        *([f"chance {certain(candidate['chance'])}"] if candidate.get("chance") is not None else []),
        *([text(candidate["said"])] if candidate.get("said") else []),
    ]
    return joined(parts)


def _devices(candidate: Mapping[str, Any]) -> Range | None:
    count = candidate.get("devices") or candidate.get("count")
    return Range(float(count), float(count), float(count)) if count else None


def _count(candidate: Mapping[str, Any]) -> str:
    """The name where there is no room for one: the mark says which machines they are."""
    return f"{candidate['count']} ×" if candidate.get("count") else ""


def _legend(plan: Mapping[str, Any], points: list[Point]) -> Iterator[str]:
    shown = {point.machine for point in points}
    for place, name in enumerate(machines(plan)):
        if place in shown:
            yield f"<li>{marks.sign(place)}{text(name)}</li>"
    best = [point.machine for point in points if point.best]
    if best:
        word = "recommended" if (chosen(plan) or {}).get("meets") else "closest"
        yield f"<li>{marks.sign(best[0], ' best')}{word}</li>"


def _notes(plane: Plane, axes: _Axes) -> Iterator[str]:
    words = "Whiskers hold 80 % of what is possible."
    if axes.dearer and any(point.front for point in plane.points):
        words += f" The line joins those that nobody beats: who is faster {axes.dearer} more."
    yield words
    far = [goal.words for goal in plane.far]
    if far:
        yield f"Too far off to be drawn: {', '.join(far)}."


def _absent(left_out: list[tuple[str, str]]) -> Iterator[str]:
    for why in dict.fromkeys(why for why, _ in left_out):
        names = [name for reason, name in left_out if reason == why]
        yield f"{len(names)} {why} ({listed(names)})"

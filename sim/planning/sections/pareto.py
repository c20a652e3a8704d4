"""What each candidate takes against what it costs: which are drawn, and what is said of the figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.evidence.range import Range
from sim.planning.sections import marks
from sim.planning.sections.plane import Goal, Plane, Point
from sim.planning.sections.words import (
    REFUSED,
    best_unit,
    candidates,
    certain,
    chosen,
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


def pareto(plan: Mapping[str, Any]) -> str:
    """The figure of a plan with its legend and what is not in it, as HTML."""
    priced = any(ranged(each.get("cost_usd")) for each in candidates(plan))
    title = "Time against cost" if priced else "Time against devices"
    points, left_out = _points(plan, best_unit(plan), priced=priced)
    absent = f'\n<p class="note">Not drawn: {"; ".join(_absent(left_out))}.</p>' if left_out else ""
    if not points:
        return f'<h2>{title}</h2>\n<p class="note">No candidate can be drawn.</p>{absent}'
    plane = _plane(plan, points, priced=priced)
    notes = "".join(f'\n<p class="note">{words}</p>' for words in _notes(plane, priced=priced))
    legend = "\n".join(_legend(plan, points))
    return (
        f'<figure class="pareto">\n<h2>{title}</h2>\n<ul class="legend">\n{legend}\n</ul>\n'
        f"{plane.svg(title)}{notes}{absent}\n</figure>"
    )


def _points(plan: Mapping[str, Any], unit: Unit, *, priced: bool) -> tuple[list[Point], list[tuple[str, str]]]:
    """What is drawn; and why the others are not, with their names."""
    kinds = {name: place for place, name in enumerate(machines(plan))}
    drawn, left_out = [], []
    for each in candidates(plan):
        seconds, cost = time_of(each), ranged(each.get("cost_usd")) if priced else _devices(each)
        time = seconds and Range(*(value / unit.size for value in seconds))
        name = text(each.get("name"))
        if each.get("status") in REFUSED:
            left_out.append((_REFUSED[each["status"]], name))
        elif time is None or time.middle <= 0.0:
            left_out.append(("without a time", name))
        elif cost is None or cost.middle <= 0.0:
            left_out.append(("without a price" if priced else "without a number of devices", name))
        else:
            kind, front = kinds[str(each.get("machine"))], bool(each.get("pareto"))
            drawn.append(Point(name, _count(each), _said(each, unit), kind, time, cost, front, is_chosen(each, plan)))
    return drawn, left_out


_REFUSED = {"does_not_fit": "that do not fit into memory", "refused": "that cannot be run"}


def _said(candidate: Mapping[str, Any], unit: Unit) -> str:
    """What a reader sees who points at the mark."""
    cost, seconds = ranged(candidate.get("cost_usd")), time_of(candidate)
    parts = [
        text(candidate.get("name")),
        told(seconds, unit.size, unit.name),
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


def _plane(plan: Mapping[str, Any], points: list[Point], *, priced: bool) -> Plane:
    unit, goal = best_unit(plan), goal_of(plan)
    minutes, budget = goal.get("minutes"), goal.get("cost") if priced else None
    time = minutes and 60.0 * minutes / unit.size
    return Plane(
        points,
        f"time to the goal ({unit.name}, log scale)",
        "cost (USD, log scale)" if priced else "devices (log scale)",
        Goal(time, f"deadline {number(time)} {unit.name}") if time else None,
        Goal(float(budget), f"budget {number(budget)} USD") if budget else None,
    )


def _legend(plan: Mapping[str, Any], points: list[Point]) -> Iterator[str]:
    shown = {point.machine for point in points}
    for place, name in enumerate(machines(plan)):
        if place in shown:
            yield f"<li>{marks.sign(place)}{text(name)}</li>"
    best = [point.machine for point in points if point.best]
    if best:
        word = "recommended" if (chosen(plan) or {}).get("meets") else "closest"
        yield f"<li>{marks.sign(best[0], ' best')}{word}</li>"


def _notes(plane: Plane, *, priced: bool) -> Iterator[str]:
    words = "Whiskers hold 80 % of what is possible."
    if any(point.front for point in plane.points):
        words += f" The line joins those that nobody beats: who is faster {'costs' if priced else 'takes'} more."
    yield words
    far = [goal.words for goal in plane.far]
    if far:
        yield f"Too far off to be drawn: {', '.join(far)}."


def _absent(left_out: list[tuple[str, str]]) -> Iterator[str]:
    for why in dict.fromkeys(why for why, _ in left_out):
        names = [name for reason, name in left_out if reason == why]
        yield f"{len(names)} {why} ({listed(names)})"

"""The words and numbers of a plan, as they stand on its page: safe in HTML, whatever was in the file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median
from typing import Any

from sim.evidence.range import Range
from sim.printable import printable
from sim.results.units import MISSING, Unit, number, percent

_SPACE = "\N{NO-BREAK SPACE}"
#: An estimate is rounded to tens, hundreds ... from here on.
_ROUNDED = 1000.0
_TIMES = (Unit("days", 86400.0), Unit("h", 3600.0), Unit("min", 60.0), Unit("s", 1.0))
#: The shortest time (s) that reads best in each of these.
_FROM = (3 * 86400.0, 10 * 3600.0, 90.0, 0.0)
#: Candidates that are not drawn: nothing is known of how they would run.
REFUSED = {"does_not_fit": "does not fit", "refused": "refused"}


def text(words: object) -> str:
    """Words of the plan as HTML: on one line, without control characters, and no tag of their own; of none a dash."""
    return MISSING if words is None else escape(printable(" ".join(str(words).split())))


def sentence(words: object) -> str:
    """Words of the plan as a sentence: with a capital at its beginning, and a full stop."""
    found = text(words)
    return found[:1].upper() + found[1:] + ("" if found.endswith((".", "!", "?")) else ".")


def plain(name: object) -> str:
    """A name of the plan's file as words: ``flow_cap`` is the flow cap."""
    return text(name).replace("_", " ")


def ranged(found: Mapping[str, Any] | None) -> Range | None:
    """A range of the plan; None where nothing is known. An end that is not known is where the middle is."""
    if not found or not _finite(found.get("middle")):
        return None
    middle = float(found["middle"])
    low, high = (float(found[end]) if _finite(found.get(end)) else middle for end in ("low80", "high80"))
    return Range(low, middle, high)


def told(found: Range | None, size: float = 1.0, unit: str = "") -> str:
    """``54 min [47, 63]``: the middle, and between which ends 80 % is.

    Parameters
    ----------
    found
        The range; None: a dash is all.
    size
        What the figure is divided by (ratio).
    unit
        What follows the middle.
    """
    if found is None:
        return MISSING
    low, middle, high = (_estimate(value / size) for value in found)
    return f"{middle}{_SPACE}{unit} [{low},{_SPACE}{high}]" if unit else f"{middle} [{low},{_SPACE}{high}]"


def certain(chance: float | None) -> str:
    """A chance in per cent; what is not quite certain is not said to be."""
    if chance is None or not _finite(chance):
        return MISSING
    if 0.0 < chance < 0.01:
        return f"<{_SPACE}1{_SPACE}%"
    return f">{_SPACE}99{_SPACE}%" if 0.99 < chance < 1.0 else percent(chance)


def time_of(candidate: Mapping[str, Any]) -> Range | None:
    """How long it takes to the goal (s)."""
    found = ranged(candidate.get("time"))
    return found and Range(*(60.0 * minutes for minutes in found))


def endless(plan: Mapping[str, Any]) -> bool:
    """Whether nothing is to be learned, so that no candidate has a time: they are compared by their speed."""
    found = candidates(plan)
    return not any(time_of(each) for each in found) and any(ranged(each.get("samples_per_second")) for each in found)


def percents(found: Range | None) -> Range | None:
    """A share in per cent."""
    return found and Range(*(100.0 * share for share in found))


def best_unit(plan: Mapping[str, Any]) -> Unit:
    """The one unit of time of a plan's page: what the time of its choice reads best in, else its deadline."""
    best, deadline = chosen(plan), goal_of(plan).get("minutes")
    times = [time.middle for each in candidates(plan) if (time := time_of(each))]
    time = time_of(best) if best else None
    return unit_of(time.middle if time else 60.0 * deadline if deadline else median(times) if times else 60.0)


def unit_of(seconds: float) -> Unit:
    """The unit that a time (s) of people and machines reads best in: seconds to days."""
    return next(unit for unit, least in zip(_TIMES, _FROM, strict=True) if seconds >= least or not least)


def goal_of(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the plan has to reach."""
    return (plan.get("question") or {}).get("goal") or {}


def candidates(plan: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What could be bought, the best first."""
    return plan.get("candidates") or ()


def chosen(plan: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The recommendation; where it does not meet the goal, it is what comes closest."""
    return plan.get("recommendation")


def is_chosen(candidate: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether a candidate is the one that is recommended, or closest."""
    best = chosen(plan)
    return best is not None and all(candidate.get(key) == best.get(key) for key in ("name", "varied", "overrides"))


def machines(plan: Mapping[str, Any]) -> list[str]:
    """The kinds of machines, as they were asked for; each has the same mark in all of the page."""
    asked = (plan.get("question") or {}).get("machines") or ()
    return list(dict.fromkeys(map(str, [*asked, *(each.get("machine") for each in candidates(plan))])))


def joined(parts: Iterable[str]) -> str:
    """Short facts in a row; a dot ends a line, and begins none."""
    return f"{_SPACE}· ".join(parts)


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a row, as many as one reads, and how many there are more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _estimate(value: float) -> str:
    return number(float(f"{value:.3g}") if abs(value) >= _ROUNDED else value)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)

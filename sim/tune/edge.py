"""Whether a choice is at the edge of what there was to choose from: beyond it may be a better one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.config.space import Span, Values
from sim.tune.plan import Candidate

#: The share of an interval that is its edge, at either end.
SHARE = 0.05


def at_edge(spaces: Sequence[Values | Span], chosen: Candidate) -> list[str]:
    """The keys whose choice is the smallest or the largest of several numbers, or close to the end of an interval.

    Parameters
    ----------
    spaces
        What each key has to choose from.
    chosen
        A word of each, in their order.
    """
    return [each.key for each, word in zip(spaces, chosen, strict=True) if _at_edge(each, word)]


def _at_edge(space: Values | Span, word: str) -> bool:
    value = _number(word)
    if value is None:
        return False
    if isinstance(space, Values):
        numbers = [_number(each) for each in space.words]
        known = [each for each in numbers if each is not None]
        return len(known) == len(numbers) and value in (min(known), max(known))
    low, high, value = (math.log(each) if space.log else each for each in (space.low, space.high, value))
    return min(value - low, high - value) <= SHARE * (high - low)


def _number(word: str) -> float | None:
    try:
        return float(word.partition("=")[2])
    except ValueError:
        return None

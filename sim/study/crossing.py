"""Crossings: at which number of workers one method stops being ahead of another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from sim.evidence.censored import median
from sim.plot.cells import Cell
from sim.plot.outcome import outcome


def ahead(pairs: Mapping[int, tuple[Cell, Cell]], figure: str) -> str:
    """Where a second method has the smaller figure, in words: ``ahead up to about 70 workers``.

    Medians are compared (of times that were cut off, Kaplan and Meier's); between two numbers of workers the logarithm
    of their ratio is taken for a straight line over the logarithm of the number.

    Parameters
    ----------
    pairs
        Number of workers, increasing -> the first and the second method.
    figure
        Which figure.
    """
    leads = {workers: lead(*pair, figure) for workers, pair in pairs.items()}
    known = {workers: each for workers, each in leads.items() if each is not None}
    unknown = [str(workers) for workers, each in leads.items() if each is None]
    said = [_course(known)] if known else []
    if unknown:
        said.append(f"not known at {' and '.join(unknown)}, where half of the runs of both were cut off")
    return "; ".join(said)


def lead(first: Cell, second: Cell, figure: str) -> float | None:
    """Logarithm of the ratio of the medians, second over first; infinite where one is not known, None where both."""
    middles = [median(list(outcome(cell, figure, None).values())) for cell in (first, second)]
    one, other = (math.inf if each is None else each.value for each in middles)
    if math.isinf(one) and math.isinf(other):
        return None
    return math.inf if math.isinf(other) else -math.inf if math.isinf(one) else math.log(other / one)


def _course(leads: Mapping[int, float]) -> str:
    """From the fewest workers to the most: who is ahead, and where that changes."""
    (least, first), (most, _) = next(iter(leads.items())), list(leads.items())[-1]
    changes = [
        (_between(at, before, then, after), after)
        for (at, before), (then, after) in itertools.pairwise(leads.items())
        if (before < 0.0) is not (after < 0.0)
    ]
    words = {True: "ahead", False: "behind"}
    if not changes:
        return f"{words[first < 0.0]} at {least}" + (f" to {most}" if most != least else "")
    turns = "".join(f", {words[after < 0.0]} from {where} on" for where, after in changes)
    return f"{words[first < 0.0]} at {least}{turns}"


def _between(at: int, before: float, then: int, after: float) -> str:
    """Where a straight line crosses zero; where an end is not known, between which numbers."""
    if math.isinf(before) or math.isinf(after):
        return f"somewhere between {at} and {then}"
    share = before / (before - after)
    return f"about {round(2.0 ** (math.log2(at) + share * math.log2(then / at)))}"

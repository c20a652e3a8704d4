"""What claims measure, in a line each: runs are named by their part and settings, as ``"PART key=value"``."""

from __future__ import annotations

from collections.abc import Callable

from sim.results.rows import Summary
from sim.study.claim import Measure
from sim.study.effect import beside, difference, halves, relative, share, staler
from sim.study.stretch import Stretch, apart, from_expected, times


def ratio(first: str, second: str, figure: str) -> Measure:
    """How much larger a figure is in the second runs than in the first (%); see `sim.study.effect.relative`."""
    return lambda table: relative(table.at(first), table.at(second), figure)


def change(first: str, second: str, figure: str, unit: str = "") -> Measure:
    """The same in the unit of the figure; see `sim.study.effect.difference`."""
    return lambda table: difference(table.at(first), table.at(second), figure, unit)


def more_often(first: str, second: str, event: Callable[[Summary], bool]) -> Measure:
    """How much more often something happens to the second runs (% of seeds); see `sim.study.effect.share`."""
    return lambda table: share(table.at(first), table.at(second), event)


def off(runs: str, figure: str, expected: float, unit: str = "") -> Measure:
    """How far a figure is from what is expected; see `sim.study.effect.beside`."""
    return lambda table: beside(table.at(runs), figure, expected, unit)


def older(runs: str, versions: float) -> Measure:
    """The share of gradients that are more than so many versions old (%); see `sim.study.effect.staler`."""
    return lambda table: staler(table.at(runs), versions)


def later(first: Stretch, second: Stretch, unit: str = "") -> Measure:
    """How much larger a mean over a second stretch is than over a first; see `sim.study.stretch.apart`."""
    return lambda table: apart(first, second, (table.at(first.runs), table.at(second.runs)), unit)


def fold(first: Stretch, second: Stretch, expected: float = 1.0) -> Measure:
    """How much larger than so many times the first mean the second is (%); see `sim.study.stretch.times`."""
    return lambda table: times(first, second, (table.at(first.runs), table.at(second.runs)), expected)


def meanwhile(stretch: Stretch, expected: float, unit: str = "") -> Measure:
    """How far a mean over a stretch is from what is expected; see `sim.study.stretch.from_expected`."""
    return lambda table: from_expected(stretch, table.at(stretch.runs), expected, unit)


def itself(runs: str, figure: str) -> Measure:
    """One half of the seeds beside the other (A/A); see `sim.study.effect.halves`."""
    return lambda table: halves(table.at(runs), figure)

"""What claims measure, in a line each: runs are named by their part and settings, as ``"PART key=value"``."""

from __future__ import annotations

from collections.abc import Callable

from sim.plot.quantity import Quantity
from sim.results.rows import Summary
from sim.study.claim import Measure
from sim.study.effect import beside, difference, halves, relative, share, staler
from sim.study.reading import Reading
from sim.study.stretch import Stretch, apart, from_expected, times


def ratio(first: str, second: str, figure: str) -> Measure:
    """How much larger a figure is in the second runs than in the first (%); see `sim.study.effect.relative`."""
    return Reading(lambda table: relative(table.at(first), table.at(second), figure), _beside(figure, first, second))


def change(first: str, second: str, figure: str, unit: str = "") -> Measure:
    """The same in the unit of the figure; see `sim.study.effect.difference`."""
    said = _beside(figure, first, second)
    return Reading(lambda table: difference(table.at(first), table.at(second), figure, unit), said)


def more_often(first: str, second: str, event: Callable[[Summary], bool]) -> Measure:
    """How much more often something happens to the second runs (% of seeds); see `sim.study.effect.share`."""
    said = _beside("how often it happens to a seed", first, second)
    return Reading(lambda table: share(table.at(first), table.at(second), event), said)


def off(runs: str, figure: str, expected: float, unit: str = "") -> Measure:
    """How far a figure is from what is expected; see `sim.study.effect.beside`."""
    said = f"{Quantity(figure).words}, first {expected:.6g}, second {runs}"
    return Reading(lambda table: beside(table.at(runs), figure, expected, unit), said)


def older(runs: str, versions: float) -> Measure:
    """The share of gradients that are more than so many versions old (%); see `sim.study.effect.staler`."""
    return Reading(
        lambda table: staler(table.at(runs), versions),
        f"gradients more than {versions:g} versions old, first none, second {runs}",
    )


def later(first: Stretch, second: Stretch, unit: str = "") -> Measure:
    """How much larger a mean over a second stretch is than over a first; see `sim.study.stretch.apart`."""
    said = f"first {first.words}, second {second.words}"
    return Reading(lambda table: apart(first, second, (table.at(first.runs), table.at(second.runs)), unit), said)


def fold(first: Stretch, second: Stretch, expected: float = 1.0) -> Measure:
    """How much larger than so many times the first mean the second is (%); see `sim.study.stretch.times`."""
    said = f"first {'' if expected == 1.0 else f'{expected:.6g} times '}{first.words}, second {second.words}"
    return Reading(lambda table: times(first, second, (table.at(first.runs), table.at(second.runs)), expected), said)


def meanwhile(stretch: Stretch, expected: float, unit: str = "") -> Measure:
    """How far a mean over a stretch is from what is expected; see `sim.study.stretch.from_expected`."""
    said = f"first {expected:.6g}, second {stretch.words}"
    return Reading(lambda table: from_expected(stretch, table.at(stretch.runs), expected, unit), said)


def itself(runs: str, figure: str) -> Measure:
    """One half of the seeds beside the other (A/A); see `sim.study.effect.halves`."""
    return lambda table: halves(table.at(runs), figure)


def _beside(figure: str, first: str, second: str) -> str:
    """What is compared of which runs."""
    return f"{Quantity(figure).words}, first {first}, second {second}"

"""What claims measure where a study makes a figure of several that a run has left, or of its files."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from sim.evidence.difference import compare
from sim.plot.cells import Cell
from sim.results.rows import Summary
from sim.study.claim import Measure
from sim.study.effect import Effect, percent, told
from sim.study.reading import Reading
from sim.study.table import Table

#: Makes a figure of what a run says and of its directory.
Derived = Callable[[Summary, Path], float]


def times(powers: Mapping[str, int], derived: Derived, expected: float = 1.0) -> Measure:
    """How much larger a product of powers of a positive figure is than what is expected (%), by seeds.

    ``times({"b": 1, "a": -1}, derived, 4.0)`` is how far it is off four times as large in b as in a; four runs make the
    ratio of two ratios.

    Parameters
    ----------
    powers
        Runs, as ``"PART key=value"`` -> the power of their figure.
    derived
        Makes the figure.
    expected
        Of the product, > 0.
    """

    def measure(table: Table) -> Effect:
        factors = [(power, _of_each(table.at(runs), derived)) for runs, power in powers.items()]
        seeds = set.intersection(*(set(found) for _, found in factors))
        logs = {seed: math.fsum(power * math.log(found[seed]) for power, found in factors) for seed in seeds}
        found = compare(dict.fromkeys(logs, math.log(expected)), logs)
        return told(found, "%", back=percent)

    product = " x ".join(runs if power == 1 else f"({runs})^{power}" for runs, power in powers.items())
    return Reading(measure, f"{_words(derived)}, first {expected:.6g}, second {product}")


def beyond(runs: str, derived: Derived, expected: float, unit: str) -> Measure:
    """How much larger such a figure is than what is expected, by seeds.

    Parameters
    ----------
    runs
        Which, as ``"PART key=value"``.
    derived
        Makes the figure.
    expected
        What it is expected to be (in that unit).
    unit
        Of the figure.
    """

    def measure(table: Table) -> Effect:
        figures = _of_each(table.at(runs), derived)
        return told(compare(dict.fromkeys(figures, expected), figures), unit)

    return Reading(measure, f"{_words(derived)}, first {expected:.6g}, second {runs}")


def _words(derived: Derived) -> str:
    """What a figure is, as it says of itself."""
    return (derived.__doc__ or derived.__name__).splitlines()[0].rstrip(".")


def _of_each(cell: Cell, derived: Derived) -> dict[int, float]:
    """The figure of each seed."""
    seeds = zip(sorted(cell.seeds), cell.runs, strict=True)
    return {seed: derived(cell.seeds[seed], Path(run)) for seed, run in seeds}

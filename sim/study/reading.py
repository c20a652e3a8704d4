"""A measure that says what it measures, for readers who do not look at the code."""

from __future__ import annotations

from dataclasses import dataclass

from sim.study.claim import Measure
from sim.study.effect import Effect
from sim.study.table import Table


@dataclass(frozen=True)
class Reading:
    """A measure, and what it measures.

    Attributes
    ----------
    measure
        Measures an effect in a table of runs.
    said
        Which figure of which runs, in words.
    """

    measure: Measure
    said: str

    def __call__(self, table: Table) -> Effect:
        """The effect in a table of runs."""
        return self.measure(table)


def measured(measure: Measure) -> str:
    """What a measure measures; "": it does not say."""
    return measure.said if isinstance(measure, Reading) else ""

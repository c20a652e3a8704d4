"""A measurement beside its prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, and what would have been said.

    Parameters
    ----------
    id
        Name of the measurement.
    kind
        The class that errors are told by, and that it has the colour of in a picture.
    measured, predicted
        In the unit of the check, > 0.
    low, high
        Between which it is with a probability of 80 %, in the same unit.
    baselines
        What others say, by name, in the same unit; None where they cannot.
    facts
        What else is told of it in JSON, by key.
    groups
        Within which errors are averaged before they are averaged over all, the smallest first: such as its table,
        then its machines.
    """

    id: str
    kind: str
    measured: float
    predicted: float
    low: float
    high: float
    baselines: Mapping[str, float | None]
    facts: Mapping[str, object]
    groups: tuple[str, ...] = ()

    @property
    def error(self) -> float:
        """How far the prediction is from what was measured, as a share of that (ratio, >= 0)."""
        return abs(self.predicted / self.measured - 1.0)

    @property
    def inside(self) -> bool:
        """Whether the measurement is inside the interval."""
        return self.low <= self.measured <= self.high

    @property
    def half_width(self) -> float:
        """Half the interval's width, as a share of the prediction (ratio)."""
        return (self.high - self.low) / 2.0 / self.predicted

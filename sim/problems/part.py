"""A part of a problem's gradient."""

from __future__ import annotations

from typing import NamedTuple

from sim.problems import Problem

#: A part of the parameters: from low to high, several times.
Ranges = list[tuple[int, int]]


class Part(NamedTuple):
    """What one message is made of: the gradient of a problem, from low to high for every range of parameters."""

    problem: Problem
    ranges: Ranges

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(high - low for low, high in self.ranges)

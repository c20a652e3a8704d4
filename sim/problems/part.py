"""A part of a problem's parameters."""

from __future__ import annotations

from typing import NamedTuple

from sim.problems import Problem

#: Which parameters: from low to before high, several times.
Ranges = list[tuple[int, int]]


class Part(NamedTuple):
    """A part of the parameters of a problem: what one message carries of a gradient, or one shard keeps of a model.

    Attributes
    ----------
    problem
        Whose parameters.
    ranges
        Which of them, in ascending order.
    """

    problem: Problem
    ranges: Ranges

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(high - low for low, high in self.ranges)

"""How long a collective operation has taken on some machines."""

from __future__ import annotations

import math
from typing import NamedTuple


class Timing(NamedTuple):
    """One measurement.

    Attributes
    ----------
    operation
        What was carried out: ``all_reduce``, ``all_gather``, ``reduce_scatter`` or another.
    nbytes
        Size of the whole vector (B), > 0: what a rank has before a reduction, or has after an all-gather.
    ranks
        How many took part, >= 1, equally many on each machine.
    nodes
        On how many machines, >= 1.
    seconds
        How long it took (s), > 0.
    """

    operation: str
    nbytes: float
    ranks: int
    nodes: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.operation} of {self.nbytes:g} B, {self.ranks} ranks, {self.nodes} machines"

    def is_same(self, other: Timing) -> bool:
        """Whether it is the same measurement, whatever its digits beyond the fifth."""
        alike = (self.operation, self.ranks, self.nodes) == (other.operation, other.ranks, other.nodes)
        return alike and _close(self.nbytes, other.nbytes) and _close(self.seconds, other.seconds)


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-5)

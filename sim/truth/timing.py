"""How long a collective operation has taken on some machines."""

from __future__ import annotations

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

    @property
    def figures(self) -> tuple[str, str, int, int, str]:
        """The same for the same measurement, however its digits beyond the sixth are written."""
        return self.operation, f"{self.nbytes:.6g}", self.ranks, self.nodes, f"{self.seconds:.6g}"

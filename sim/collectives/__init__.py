"""Collective operations: ranks and bytes in, a schedule of sends out; their time emerges from the fabric."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from sim.fabric.schedule import Schedule


@dataclass
class Collective(ABC):
    """An algorithm for collective operations."""

    @abstractmethod
    def all_reduce(self, ranks: int, nbytes: float) -> Schedule:
        """Make the schedule by which every rank gets the sum over all ranks.

        Parameters
        ----------
        ranks
            Number of ranks, >= 1.
        nbytes
            Size of each rank's contribution and of the sum (B), >= 0.

        Returns
        -------
        Schedule
            A rank enters when its contribution is ready and leaves when it has the sum and has sent what others need.

        Raises
        ------
        ValueError
            If `ranks` or `nbytes` is out of range, or the algorithm does not fit `ranks`.
        """

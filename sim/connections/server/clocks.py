"""The workers' clocks, as a shard of the server counts them."""

from __future__ import annotations

from collections import Counter


class Clocks:
    """How many gradients each worker has delivered.

    Parameters
    ----------
    workers
        How many workers there are; every clock begins at 0.

    Attributes
    ----------
    slowest : int
        The lowest clock.
    """

    def __init__(self, workers: int) -> None:
        self._clocks = [0] * workers
        self._workers_at = Counter({0: workers})
        self.slowest = 0

    def tick(self, rank: int) -> int:
        """Worker `rank` has delivered one more; return its clock."""
        clock = self._clocks[rank]
        self._clocks[rank] = clock + 1
        self._workers_at[clock] -= 1
        self._workers_at[clock + 1] += 1
        if self._workers_at[self.slowest] == 0:
            del self._workers_at[self.slowest]
            self.slowest += 1
        return clock + 1

"""What faults have cost a run."""

from __future__ import annotations

from typing import NamedTuple


class Losses(NamedTuple):
    """What faults have cost; seconds are those of all workers together.

    Attributes
    ----------
    crashes
        Number of failures of workers.
    down
        For how long workers have been away (s).
    stalled
        For how long others have stood still, all of them, because of that (s).
    recovering
        For how long workers have written or read checkpoints, or were given a model (s).
    lost
        For how long they have computed what was lost (s).
    updates
        Number of updates that have been undone.
    """

    crashes: int
    down: float
    stalled: float
    recovering: float
    lost: float
    updates: int

    def goodput(self, worker_seconds: float) -> float:
        """The share of so much workers' time (s) that none of it has taken (0 to 1)."""
        taken = self.down + self.stalled + self.recovering + self.lost
        return max(0.0, 1.0 - taken / worker_seconds) if worker_seconds > 0.0 else 1.0

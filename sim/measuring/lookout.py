"""Until when nothing is due in a run, which asks that after every update."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.measuring.evaluation_points import EvaluationPoints
    from sim.measuring.limits import Limits

#: Updates between two reports of progress.
PROGRESS = 256


class Lookout:
    """Looks ahead to the next evaluation, report of progress or limit.

    Parameters
    ----------
    limits, points
        When the run ends, and when it is evaluated.

    Attributes
    ----------
    updates, samples : float
        With fewer of both nothing is due.
    """

    def __init__(self, limits: Limits, points: EvaluationPoints) -> None:
        self._limits = limits
        self._points = points
        self.updates = self.samples = 0.0

    def look(self, updates: int) -> None:
        """Look ahead, when what was due after so many updates has been done."""
        report = (updates // PROGRESS + 1) * PROGRESS
        self.updates = min(self._limits.most_updates, self._points.next_updates, report)
        self.samples = min(self._limits.most_samples, self._points.next_samples)

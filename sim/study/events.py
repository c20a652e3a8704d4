"""What may happen to a run, of which studies count the seeds."""

from __future__ import annotations

from collections.abc import Callable

from sim.results.rows import Summary


def late(summary: Summary) -> bool:
    """Whether a run has ended before its target was reached."""
    return summary.status != "target_reached"


def ended_below(accuracy: float) -> Callable[[Summary], bool]:
    """Whether a run has diverged, or ended with less than some test accuracy (0 to 1)."""
    return lambda summary: summary.status == "diverged" or (summary.final_test_accuracy or 0.0) < accuracy

"""What is measured on the way."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.ranges import check


@dataclass
class Record:
    """What is measured on the way; None = not used.

    Where neither every_updates nor every_seconds is set, about 100 evaluations are spread over the run (20 where one
    measures more than 5 000 samples).

    Parameters
    ----------
    every_updates
        Evaluate after every so many updates.
    every_seconds
        Evaluate after every so many virtual seconds (s).
    spans
        Keep what every worker did when (spans.npz, and trace.json for Perfetto).
    trajectory
        Keep the model of every evaluation in full (trajectory.npz).
    gradients
        Compare the workers' latest gradients with the full one at every evaluation (`sim.results.rows.Metric`), which
        costs about as much again; of large training sets on the samples that an evaluation measures.
    """

    every_updates: int | None = None
    every_seconds: float | None = None
    spans: bool = False
    trajectory: bool = False
    gradients: bool = False

    def __post_init__(self) -> None:
        check("every_updates", self.every_updates, at_least=1)
        check("every_seconds", self.every_seconds, above=0.0)

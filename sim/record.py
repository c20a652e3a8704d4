"""What is measured on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from topologies.ranges import check

#: What is kept beside the figures that every run has, and changes none of them.
MORE = ("spans", "trajectory", "gradients", "curvature", "curve")


class Of(StrEnum):
    """Whose model is evaluated where workers have models of their own."""

    mean = "mean"
    worker = "worker"


@dataclass
class Record:
    """What is measured on the way; None: not used; with neither interval about 100 evaluations (20 of large data).

    Large are data of which one evaluation measures more than 5 000 samples.

    Parameters
    ----------
    every_updates
        Updates from one evaluation to the next, >= 1.
    every_seconds
        Virtual time from one evaluation to the next (s), > 0.
    of
        Whose model is evaluated, and has to reach a target, where workers have models of their own: mean (that of all,
        or the centre; no worker need have it) or worker (worker 0's own).
    spans
        Keep what every worker did when (spans.npz, and trace.json for ui.perfetto.dev).
    trajectory
        Keep the model of every evaluation in full (trajectory.npz).
    gradients
        Measure effective_learning_rate, gradient_variance, squared_gradient and noise_scale at every evaluation
        (metrics.csv), and the noise scale of the run (summary.json). The workers' latest gradients are compared with
        the full one (`sim.results.rows.Metric`), which costs about as much again; of large data on the samples that an
        evaluation measures.
    curvature
        Measure largest_eigenvalue at every evaluation (metrics.csv): that of the Hessian of the training loss at the
        model that is evaluated, by 10 to 100 products of it with a vector, each as dear as two full gradients; of large
        data on the samples that an evaluation measures.
    curve
        Draw the learning curve (curve.png); None: unless the run is one of a sweep, whose report draws all of them.
    """

    every_updates: int | None = None
    every_seconds: float | None = None
    of: Of = Of.mean
    spans: bool = False
    trajectory: bool = False
    gradients: bool = False
    curvature: bool = False
    curve: bool | None = None

    def __post_init__(self) -> None:
        check("every_updates", self.every_updates, at_least=1)
        check("every_seconds", self.every_seconds, above=0.0)

    def more(self) -> list[str]:
        """Those of `MORE` that are kept."""
        return [name for name in MORE if getattr(self, name)]

    def without_more(self) -> Record:
        """The same without that."""
        none: dict[str, Any] = dict.fromkeys(MORE, False)
        return replace(self, **none)

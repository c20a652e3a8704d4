"""What is known of a run before it begins, and where in it a model is."""

from __future__ import annotations

from typing import NamedTuple

from sim.measuring.limits import Limits


class Course(NamedTuple):
    """The course of a run, as a learning-rate schedule sees it.

    Parameters
    ----------
    workers
        Number of workers.
    batch
        Samples of a gradient, >= 1.
    epoch
        Samples of an epoch, >= 1; None where there are none.
    limits
        Where the run ends.
    """

    workers: int
    batch: int
    epoch: int | None
    limits: Limits

    def epochs(self, gradients: int) -> float:
        """Epochs that so many gradients are made of; only where there are epochs."""
        assert self.epoch is not None
        return gradients * self.batch / self.epoch

    def share(self, updates: int, gradients: int) -> float:
        """How much of the run is done after so many updates, made of so many gradients, 0 to 1."""
        return min(1.0, self.limits.share(updates, gradients * self.batch, 0.0))

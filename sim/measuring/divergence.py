"""Whether a run has diverged."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kernels.tape.measures import FARTHEST, OWN, TEST, TRAINING

if TYPE_CHECKING:
    from sim.measuring.snapshot import Snapshot
    from sim.tape.evaluation import Evaluation


class Divergence:
    """Says of an evaluation whether the run has diverged: a loss is no finite number, or many times its reference.

    The reference is the largest of the losses at the start, the losses of the model of zeros (which of a classifier
    says that all classes are equally likely, and of a regression that the answer is the mean), and the problem's own
    scale (`sim.problems.task.Task`): a run that starts at its optimum may leave it. Where all these are 0, only what is
    no finite number has diverged. Of workers' own models, one that has diverged is enough.

    Parameters
    ----------
    factor
        How many times the reference is too much, > 1; None: only what is no finite number.
    zeros
        Evaluation of the model of zeros.
    scale
        A loss (no unit) that the problem knows, >= 0.

    Attributes
    ----------
    zeros : Evaluation
        That of the model of zeros.
    watched : int
        How many evaluations, from the first on, it was asked about while the clock ran.
    stopped : bool
        Whether the last of them had diverged.
    """

    def __init__(self, factor: float | None, zeros: Evaluation, scale: float) -> None:
        self._factor = factor
        self.zeros = zeros
        self.watched = 0
        self.stopped = False
        self._scale = scale
        self._limit: float | None = None  # known when the tape has been played that far

    def stops(self, snapshots: Sequence[Snapshot]) -> bool:
        """Whether the clock stops at the last evaluation, because the one before it has diverged."""
        self.watched = len(snapshots) - 1
        self.stopped = self.watched > 0 and self.seen(snapshots[-2].evaluation, snapshots[0].evaluation)
        return self.stopped

    def seen(self, evaluation: Evaluation, start: Evaluation, *, own: bool = False) -> bool:
        """Whether an evaluation is one of a run that has diverged since its start.

        Parameters
        ----------
        evaluation, start
            The one in question, and the first of the run.
        own
            The workers' own models have been measured, too.
        """
        measures = evaluation.watched()
        if self._limit is None:
            self._limit = self._largest(start)
        columns = [TRAINING, TEST, FARTHEST, *((OWN, OWN + 1) if own else ())]
        return not bool(np.all(measures[columns] <= self._limit))  # what is not a number compares false

    def _largest(self, start: Evaluation) -> float:
        """The largest loss that has not diverged."""
        if self._factor is None:
            return sys.float_info.max
        losses = [each.watched()[column] for each in (start, self.zeros) for column in (TRAINING, TEST)]
        with np.errstate(over="ignore"):
            limit = self._factor * float(np.fmax.reduce([self._scale, *losses]))
        return min(limit, sys.float_info.max) if limit > 0.0 else sys.float_info.max

"""What is measured of a run whose workers fail and come back, and whose models go back to checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.measuring.recorder import Recorder
from sim.tape.vector import Vector


class MortalRecorder(Recorder):
    """A recorder that knows who is there.

    Where workers have models of their own, an update is complete when all who are there have taken that step, and the
    mean is that of their models. If nobody is there, what they had is.

    Attributes
    ----------
    crashes : int
        How often a worker has failed.
    lost_updates : int
        Updates that have been undone: those since the checkpoint that a model has gone back to.
    lost_seconds : float
        Worker seconds (s) of computing that has been lost.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:
        super().__init__(*parts, **options)
        self._absent: set[int] = set()
        self.crashes = self.lost_updates = 0
        self.lost_seconds = 0.0

    def leave(self, rank: int) -> None:
        """Worker `rank` is not there any more."""
        if rank in self._absent:
            return  # it has been back, but has not had a model yet
        self._absent.add(rank)
        self._present -= 1
        if self._asynchronous or not self._models or self.status is not None:
            return
        for step in self._arrived:
            if step <= self._steps[rank]:
                self._arrived[step] -= 1
        self._close_steps()

    def come(self, rank: int, x: Vector, steps: int | None = None) -> None:
        """Worker `rank` is there again, with the model `x`, after so many steps, or those that it had taken."""
        if rank not in self._absent:
            return
        self._absent.remove(rank)
        self._present += 1
        if not self._models or self.status is not None:
            return
        self._models[rank] = x
        if self._asynchronous:
            return
        if steps is not None:
            self._steps[rank] = steps
        for step, models in self._of_step.items():
            if step <= self._steps[rank]:
                models[rank] = x
        for step in self._arrived:
            if step <= self._steps[rank]:
                self._arrived[step] += 1

    def steps_of(self, rank: int) -> int:
        """How many steps worker `rank` has taken."""
        return self._steps[rank]

    def undo_steps(self, step: int, x: Vector) -> None:
        """All workers go back to the model `x` that they had after a step."""
        self.lost_updates += max(0, self.updates - step)
        self.updates = min(self.updates, step)
        self._steps = [step] * len(self._steps)
        self._models = [x] * len(self._models)
        for later in [each for each in self._arrived if each > step]:
            del self._arrived[later]
            self._of_step.pop(later, None)

    def undo_applied(self, shard: int, x: Vector, count: int) -> None:
        """A shard goes back to its part `x` of the model that it had `count` updates before."""
        self._shared[shard] = x
        if self._models:  # of which updates are the workers' steps
            return
        self._counted -= count
        before, self.updates = self.updates, self._counted // len(self._shared)
        self.lost_updates += before - self.updates

    def _living(self, models: Sequence[Vector]) -> Sequence[Vector]:
        if not self._absent or len(self._absent) == len(models):
            return models
        return [model for rank, model in enumerate(models) if rank not in self._absent]

    def _close_steps(self) -> None:
        """Complete the updates that only those who are gone have kept from it."""
        for step in sorted(self._arrived):
            if self.status is None and 0 < self._present == self._arrived[step]:
                self._close_step(step)

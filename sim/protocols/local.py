"""Workers that never speak."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Protocol, Steps
from sim.world.worker import Worker


@dataclass
class Local(Protocol):
    """Every worker learns by itself and never speaks; with one worker, plain SGD.

    What is measured is the mean of the models.
    """

    def may_lack(self, workers: int) -> None:
        return None

    def worker(self, me: Worker) -> Steps:
        while True:
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

"""Where workers of a group stand when a collective is behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.group.forming import Forming
from sim.connections.group.gang import Gang
from sim.connections.group.milestone import Milestone
from sim.measuring.timeline import RECOVER
from sim.protocols import Steps

if TYPE_CHECKING:
    from sim.cluster.mortal import MortalCluster
    from sim.cluster.saver import Saver
    from sim.world.worker import Worker


class Milestones:
    """Follows the workers of a group: what they have after every collective can be gone on from.

    Parameters
    ----------
    cluster
        Whose workers they are.
    group
        The group.
    saver
        Writes checkpoints of it.
    attribute
        What workers call their part in the group.
    """

    def __init__(self, cluster: MortalCluster, group: Forming | Gang, saver: Saver, attribute: str) -> None:
        self._cluster = cluster
        self._group = group
        self._saver = saver
        self._attribute = attribute
        if isinstance(group, Forming):
            group.saved = lambda: next(iter(saver.last.values()), None)

    def follow(self, worker: Worker, steps: Steps) -> Steps:
        """A worker's steps, and what is to be done between them."""
        cluster, rank, member = self._cluster, worker.rank, getattr(worker, self._attribute)
        environment = worker.world.environment
        event = next(steps)
        while True:
            value = yield event
            if event is not member.event:
                event = steps.send(value)
                continue
            number = member.vectors  # with the next gradient another one may begin
            taken = cluster.recorder.steps_of(rank) + 1
            seconds = self._saver.hold(number, taken)
            if seconds > 0.0:
                cluster.timeline.switch(rank, RECOVER)
                yield environment.timeout(seconds)
            drawn = worker.drawn
            event = steps.send(value)
            self._pass(rank, Milestone(number, worker.x, taken, drawn, worker.stepper, self._group.replicated))

    def _pass(self, rank: int, milestone: Milestone) -> None:
        if isinstance(self._group, Forming):
            self._group.passed(rank, milestone)
        self._saver.passed(rank, milestone.kept(), len(self._cluster.living))

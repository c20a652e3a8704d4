"""A job that goes back to its last checkpoint, all of it, when a worker fails."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from sim.connections.group.gang import Gang
from sim.measuring.timeline import RECOVER, WAIT

if TYPE_CHECKING:
    import simpy

    from sim.cluster.mortal import MortalCluster
    from sim.cluster.saver import Saver
    from sim.optimizers.stepper import Stepper


class GoingBack:
    """When a worker fails all stop; when all who will be back are, they read the last checkpoint and go on from there.

    Without a checkpoint it is the beginning. Mini-batches are those that followed it, so that the same steps are taken
    again.

    Parameters
    ----------
    cluster
        The job.
    group
        Its workers' group.
    saver
        Has the checkpoints.
    """

    def __init__(self, cluster: MortalCluster, group: Gang, saver: Saver) -> None:
        experiment = cluster.experiment
        self._cluster = cluster
        self._group = group
        self._saver = saver
        self._restore = cluster.blueprint.checkpoint_seconds(experiment.checkpoint.restore_seconds)
        self._detection = experiment.faults.detection_seconds
        self._x = cluster.tape.initial()
        self._steppers = [copy(worker.stepper) for worker in cluster.workers]
        if experiment.protocol.replicated:
            self._steppers = self._steppers[:1] * len(self._steppers)
        self._kept = 0.0  # productive worker seconds up to the last checkpoint
        self._running = True
        self._since = 0.0  # s, of the last failure
        self._attempt = 0

    def stop(self) -> None:
        """Somebody has failed."""
        cluster = self._cluster
        self._attempt += 1
        self._since = cluster.environment.now
        if self._running:
            self._running = False
            cluster.recorder.lost_seconds += max(0.0, cluster.timeline.productive() - self._kept)
            self._saver.go_back()
        for rank in cluster.living:
            cluster.halt(rank)
        if not cluster.returning:
            self.gather()

    def gather(self) -> None:
        """Go on if everybody is there who will be, and it is known that somebody has failed."""
        cluster = self._cluster
        if self._running or cluster.returning or not cluster.living:
            return
        environment = cluster.environment
        wait = max(0.0, self._since + self._detection - environment.now)
        self._attempt += 1
        told = environment.timeout(wait)
        told.callbacks.append(partial(self._read, self._attempt))

    def saved(self) -> None:
        """A checkpoint has been written."""
        self._kept = self._cluster.timeline.productive()

    def _read(self, attempt: int, event: simpy.Event) -> None:
        if attempt != self._attempt:
            return
        cluster = self._cluster
        for rank in cluster.living:
            cluster.timeline.switch(rank, RECOVER)
        read = cluster.environment.timeout(self._restore)
        read.callbacks.append(partial(self._go_on, attempt))

    def _go_on(self, attempt: int, event: simpy.Event) -> None:
        if attempt != self._attempt:
            return
        cluster, last = self._cluster, self._saver.last
        some = next(iter(last.values()), None)
        x, steps = (self._x, 0) if some is None else (some.x, some.steps)
        copies: dict[int, Stepper] = {}
        ranks = cluster.living
        cluster.recorder.undo_steps(steps, x)
        workers = []
        for rank in ranks:
            own = last.get(rank, some)
            stepper = self._steppers[rank] if own is None else own.stepper
            worker = cluster.reborn(rank, copies.setdefault(id(stepper), copy(stepper)))
            worker.begin_with(x, steps)
            worker.drawn = 0 if own is None else own.drawn
            workers.append(worker)
        number, replicated = (0, None) if some is None else (some.number, copy(some.replicated))
        self._group.form(workers, number, replicated)
        self._running = True
        self._kept = cluster.timeline.productive()
        self._saver.work()
        for worker in workers:
            cluster.timeline.switch(worker.rank, WAIT)
            cluster.recorder.come(worker.rank, x, steps)
            cluster.go_on(worker)

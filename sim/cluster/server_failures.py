"""A parameter server whose shards fail, and are back with what their last checkpoint has."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import simpy

from sim.connections.server.connect import ParameterServer
from sim.connections.server.shard import Shard
from sim.measuring.timeline import RECOVER
from sim.protocols import Steps

if TYPE_CHECKING:
    from sim.cluster.mortal import MortalCluster
    from sim.optimizers.stepper import Stepper
    from sim.tape.vector import Vector


class Saved(NamedTuple):
    """What is in a checkpoint of a shard.

    Attributes
    ----------
    x
        Its part of the model.
    stepper
        The optimizer's state.
    updates
        How many updates have made them.
    """

    x: Vector
    stepper: Stepper
    updates: int


class ServerFailures:
    """What becomes of a server whose shards fail.

    When a shard fails all workers lose their session with the server, as TensorFlow's do; when it is back with the
    model of its last checkpoint, or else the first one, they begin anew, and pull. Other shards keep what they have.

    Parameters
    ----------
    cluster
        Whose server it is.
    server
        How it was planned.
    """

    def __init__(self, cluster: MortalCluster, server: ParameterServer) -> None:
        checkpoint, blueprint = cluster.experiment.checkpoint, cluster.blueprint
        self._cluster = cluster
        self._server = server
        self._checkpoint = checkpoint
        self._every = blueprint.checkpoint_every(cluster.seed)
        self._shares = [1.0 if checkpoint.write_seconds is not None else part.share for part in server.parts]
        self._write = blueprint.checkpoint_seconds(checkpoint.write_seconds)
        self._restore = blueprint.checkpoint_seconds(checkpoint.restore_seconds)
        self._lives = [0] * len(cluster.shards)
        self._made = [0] * len(cluster.shards)  # updates of each shard, less those undone
        self._saved = [self._snapshot(number) for number in range(len(cluster.shards))]
        self._down: set[int] = set()
        for shard in cluster.shards:
            shard.changed = self._changed

    @property
    def up(self) -> bool:
        """All shards are there."""
        return not self._down

    def begin(self) -> None:
        """Begin to write checkpoints."""
        if self._every is not None:
            for number in range(len(self._saved)):
                self._cluster.environment.process(self._save_now_and_then(number, self._every))

    def lose(self, number: int) -> None:
        """A shard fails, and with it every worker's session."""
        cluster = self._cluster
        self._down.add(number)
        self._lives[number] += 1
        cluster.world.bury(cluster.shards[number].endpoint)
        for rank in cluster.living:
            cluster.halt(rank, RECOVER)

    def restore(self, number: int) -> None:
        """A shard is back: it reads its last checkpoint."""
        read = self._cluster.environment.timeout(self._restore * self._shares[number])
        read.callbacks.append(partial(self._go_on, number, self._lives[number]))

    def _go_on(self, number: int, life: int, event: simpy.Event) -> None:
        """A shard has what it goes on from; when all have, the workers begin anew."""
        if life != self._lives[number]:
            return  # it has failed again
        cluster, shard, saved = self._cluster, self._cluster.shards[number], self._saved[number]
        shard.endpoint = shard.endpoint.reborn()
        shard.go_back(saved.x, copy(saved.stepper))
        lost, self._made[number] = self._made[number] - saved.updates, saved.updates
        cluster.recorder.undo_applied(number, saved.x, 0 if cluster.experiment.protocol.own_models else lost)
        self._down.discard(number)
        if self._down:
            return
        newest = max(each.version for each in cluster.shards)
        for each in cluster.shards:
            each.version = newest
            self._server.begin(each)
        for rank in cluster.living:
            cluster.renew(rank)

    # -- checkpoints

    def _snapshot(self, number: int) -> Saved:
        shard: Shard = self._cluster.shards[number]
        return Saved(shard.x, copy(shard.stepper), self._made[number])

    def _changed(self, number: int) -> None:
        """A shard has made an update."""
        self._made[number] += 1
        every = self._checkpoint.every_updates
        if every is not None and self._made[number] % every == 0:
            self._save(number)

    def _save_now_and_then(self, number: int, every: float) -> Steps:
        while True:
            yield self._cluster.environment.timeout(every)
            if number not in self._down:
                yield self._save(number)

    def _save(self, number: int) -> simpy.Event:
        """Write a checkpoint; happens when it is written."""
        environment = self._cluster.environment
        seconds, life = self._write * self._shares[number], self._lives[number]
        written = environment.event()
        snapshot = None if self._checkpoint.blocking else self._snapshot(number)

        def commit(event: simpy.Event | None = None) -> None:
            if self._lives[number] == life:
                self._saved[number] = self._snapshot(number) if snapshot is None else snapshot
            written.succeed()

        if self._checkpoint.blocking:
            self._cluster.shards[number].cores.serve(seconds, commit)
        else:
            environment.timeout(seconds).callbacks.append(commit)
        return written

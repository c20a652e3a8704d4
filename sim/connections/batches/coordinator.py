"""The coordinator of full batches: who computes what, and what the shards of the server do with it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import simpy

from sim.connections.batches.portions import Backlog, Portion
from sim.connections.server.push import Push
from sim.connections.server.shard import Shard
from sim.tape.vector import Vector, union

if TYPE_CHECKING:
    from sim.connections.batches.assignments import Assignments
    from sim.connections.batches.lbfgs import LBFGS
    from sim.world.world import World


class Coordinator:
    """Commands workers and shards, without access to the parameters (Dean et al. 2012, section 4.2).

    It lives on the host of the first shard; what it says and hears are messages of 0 B, which take only the network's
    latency. A full batch is the training set in portions. A worker gets one after the other; when all are handed out,
    the outstanding ones are given to free workers, too, and whoever is first counts: the others are called off. Then
    those who have something push it, and the shards take an L-BFGS step together, of which the coordinator commands
    every sum over parameters: a round trip to all of them, and on each as much arithmetic as for a push.

    Parameters
    ----------
    world
        What everybody in the run shares.
    lbfgs
        The step, on the whole model.
    shards
        The server.
    x
        The whole model to begin with.
    samples
        Number of samples of each portion.
    seconds
        Mean compute time of a portion of so many samples (s).
    """

    def __init__(
        self,
        world: World,
        lbfgs: LBFGS,
        shards: Sequence[Shard],
        x: Vector,
        samples: Sequence[int],
        seconds: Mapping[int, float],
    ) -> None:
        self._environment = world.environment
        self._send = world.send
        self._lbfgs = lbfgs
        self._shards = shards
        self._x = x
        self._samples = samples
        self._seconds = seconds
        self._workers: list[Assignments] = []
        self._contributors: dict[int, list[int]] = {}  # portions that each has finished and not pushed
        self._pushing: dict[int, list[int]] = {}  # the same of those who push
        self._missing = 0  # pushes
        self._batch = 0
        self.endpoint = shards[0].endpoint

    def meet(self, workers: list[Assignments]) -> None:
        """Know the workers, by rank, and begin."""
        self._workers = workers
        self._environment.process(self._run())

    def finished(self, rank: int, portion: Portion) -> None:
        """A worker reports a portion: if it is the first, the others who are at it are called off."""
        if self._assigned[rank] != portion:
            return  # called off while the report was on its way
        others = [other for other in self._backlog.finish(portion.number) if other != rank]
        self._contributors.setdefault(rank, []).append(portion.number)
        if self._backlog.over:
            self._missing += len(self._contributors) * len(self._shards)
            self._pushing |= self._contributors
            self._contributors = {}
            for other, worker in enumerate(self._workers):
                self._assigned[other] = None
                worker.command(other == rank, None)
        else:
            self._assign(rank, counts=True)
            for other in others:
                self._assign(other, counts=False)

    def added(self, shard: Shard, push: Push) -> None:
        """A shard reports that it has added up a worker's gradient."""
        self._send(shard.endpoint, self.endpoint, 0.0, None, self._note, shard, push)

    def _run(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self._compute_gradient()
            for _ in range(self._lbfgs.sums):
                yield self._everywhere(_nothing)
            gradients = [push.gradient for push in self._pushes[self._shards[0]]]
            self._x = self._lbfgs.step(self._x, union(gradients))
            yield self._everywhere(self._adopt)
            self._batch += 1

    def _compute_gradient(self) -> simpy.Event:
        """Begin a full batch; its gradient is complete when every shard has added up what all have pushed."""
        self._complete = self._environment.event()
        self._backlog = Backlog(len(self._samples))
        self._assigned: list[Portion | None] = [None] * len(self._workers)
        self._contributors, self._pushing, self._missing = {}, {}, 0
        self._pushes: dict[Shard, list[Push]] = {shard: [] for shard in self._shards}
        for rank, worker in enumerate(self._workers):
            if not worker.gone:
                self._assign(rank, counts=False)
        return self._complete

    def lose(self, rank: int) -> None:
        """A worker has failed: what it has not pushed to all shards is computed again."""
        lost = self._contributors.pop(rank, [])
        pushed = self._pushing.pop(rank, None)
        if pushed is not None:
            arrived = sum(push.rank == rank for pushes in self._pushes.values() for push in pushes)
            if arrived < len(self._shards):
                lost += pushed
                self._missing -= len(self._shards) - arrived
                for pushes in self._pushes.values():
                    pushes[:] = [push for push in pushes if push.rank != rank]
        self._assigned[rank] = None
        self._backlog.leave(rank)
        for number in lost:
            self._backlog.reopen(number)
        self._hand_out()

    def come(self, rank: int, worker: Assignments) -> None:
        """A worker is back."""
        self._workers[rank] = worker
        self._hand_out()

    def _hand_out(self) -> None:
        """Give portions that nobody computes to who has none."""
        for rank, worker in enumerate(self._workers):
            if not self._backlog.over and self._assigned[rank] is None and not worker.gone:
                self._assign(rank, counts=False)

    def _assign(self, rank: int, *, counts: bool) -> None:
        number = self._backlog.take(rank)
        samples = self._samples[number]
        portion = self._assigned[rank] = Portion(self._batch, number, samples, self._seconds[samples])
        self._workers[rank].command(counts, portion)

    def _note(self, shard: Shard, push: Push) -> None:
        self._pushes[shard].append(push)
        self._missing -= 1
        if self._missing == 0:
            self._complete.succeed()

    def _everywhere(self, command: Callable[[Shard], object]) -> simpy.Event:
        """Have every shard carry out a command; happens when all have answered."""
        answered = self._environment.event()
        waiting = set(self._shards)

        def answer(shard: Shard) -> None:
            waiting.remove(shard)
            if not waiting:
                answered.succeed()

        def carried_out(shard: Shard) -> None:
            command(shard)
            self._send(shard.endpoint, self.endpoint, 0.0, None, answer, shard)

        for shard in self._shards:
            self._send(self.endpoint, shard.endpoint, 0.0, None, shard.work, carried_out, shard)
        return answered

    def _adopt(self, shard: Shard) -> None:
        region = shard.x.region
        staleness = [shard.version - push.version for push in self._pushes[shard]]
        shard.adopt(self._x.part(region) if region else self._x, staleness)


def _nothing(shard: Shard) -> None:
    """The arithmetic's result stays on the shard, or goes into the next command."""

"""Asynchronous SGD with the gradients of K workers for an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.connections.server.push import Push, Serving, by_rank, collected, living
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol
from sim.world.endpoint import Endpoint
from topologies.ranges import check


class Decision(frozenset[Endpoint]):
    """The workers whose gradients make an update; who has failed since is not waited for."""


@dataclass
class KAsync(ServerProtocol):
    """Parameter server, asynchronous: an update waits for k workers, the others compute on (K-async).

    Dutta et al. 2018: an update waits for the gradients of K workers and cancels nobody. The K wait for the new model;
    the others go on computing at the model that they have. An update takes E X_{K:P} if compute times are exponential,
    and no longer than that if they are new-longer-than-used. k = 1 is Downpour SGD, k = workers synchronous SGD. All
    shards update with the gradients of the same workers.

    Parameters
    ----------
    k
        Gradients of an update, each of another worker, 1 to workers.
    """

    k: int = 1

    asynchronous = True

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    def check_workers(self, workers: int) -> None:
        check("k", self.k, "an update waits for as many different workers", at_most=workers)

    def has_barrier(self, workers: int) -> bool:
        return self.k == workers

    @property
    def answers_at_once(self) -> bool:
        return self.k == 1

    def server(self, me: Shard) -> Serving[None]:
        alone = self.k in (1, me.workers)  # every shard for itself takes each worker's, or everybody's
        return self.decider(me, () if alone else me.others) if alone or me.number == 0 else self.follower(me)

    def decider(self, me: Shard, followers: Sequence[Shard]) -> Serving[None]:
        """A shard that updates by what it has first, and tells others whose gradients that were."""
        while True:
            pushes = yield from collected(self.k)
            for other in followers:
                me.tell(other, Decision(push.source for push in pushes))
            self.update(me, pushes)

    def follower(self, me: Shard) -> Serving[None]:
        """A shard that updates by what the first one has had first, when it has it, too.

        Were each shard to take what it has first, workers could wait in a circle: each for its answer from a shard that
        lacks one gradient, of a worker that waits for another shard.
        """
        kept: dict[Endpoint, Push] = {}  # a worker has one, it waits for the answer
        decided: list[Decision] = []
        while True:
            message = yield
            if isinstance(message, Decision):
                decided.append(message)
            else:
                kept[message.source] = message
            complete = [each for each in decided if all(worker in kept or worker.gone for worker in each)]
            for workers in complete:  # no two have a worker in common
                decided.remove(workers)
                pushes = living(kept.pop(worker) for worker in workers if worker in kept)
                if pushes:
                    self.update(me, by_rank(pushes))

    def update(self, me: Shard, pushes: list[Push]) -> None:
        """What a shard does when it has the gradients of an update."""
        me.apply(pushes)
        for push in pushes:
            me.reply(push)

"""Asynchronous SGD with the gradients of K workers for an update."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.shard import Push, Shard
from sim.protocols import ServerProtocol
from topologies.ranges import check


@dataclass
class KAsync(ServerProtocol):
    """Parameter server, asynchronous: an update waits for k workers, the others compute on (K-async).

    Dutta et al. 2018: an update waits for the gradients of K workers and cancels nobody. The K wait for the new model;
    the others go on computing at the model that they have. An update takes E X_{K:P} if compute times are exponential,
    and no longer than that if they are new-longer-than-used. k = 1 is async_ps, k = workers hardsync. All shards update
    with the gradients of the same workers (`sim.connections.server.agreement`).

    Parameters
    ----------
    k
        Gradients of an update, each of another worker, 1 to workers.
    """

    k: int = 1

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    def check_workers(self, workers: int) -> None:
        check("k", self.k, "an update waits for as many different workers", at_most=workers)

    def has_barrier(self, workers: int) -> bool:
        return self.k == workers

    @property
    def answers_at_once(self) -> bool:
        return self.k == 1

    def receive(self, server: Shard, push: Push) -> None:
        server.collect_agreed(push, self.k, self.update)

    def update(self, server: Shard, pushes: list[Push]) -> None:
        """What a shard does when it has the gradients of an update."""
        server.apply(pushes)
        for one in pushes:
            server.reply(one)

"""Asynchronous SGD with K mini-batches for an update."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.shard import Push, Shard
from sim.protocols import ServerProtocol
from topologies.ranges import check


@dataclass
class KBatchAsync(ServerProtocol):
    """Parameter server, asynchronous: an update for every k gradients, whosever they are (K-batch-async).

    Dutta et al. 2018. A worker is answered at once with the newest model, so that an update takes K E[X] / P for any
    law of compute times.

    Parameters
    ----------
    k
        Gradients of an update, whosever they are, >= 1.
    """

    k: int = 1

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    @property
    def answers_at_once(self) -> bool:
        return True

    def receive(self, server: Shard, push: Push) -> None:
        pushes = server.collect(push, self.k)
        if pushes is not None:
            server.apply(pushes)
        server.reply(push)

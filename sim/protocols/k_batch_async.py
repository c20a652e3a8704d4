"""Asynchronous SGD with K mini-batches for an update."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.push import Push, Serving, by_rank
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol
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

    asynchronous = True

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    @property
    def answers_at_once(self) -> bool:
        return True

    def server(self, me: Shard) -> Serving[None]:
        pushes: list[Push] = []
        while True:
            push = yield
            pushes.append(push)
            if len(pushes) == self.k:
                me.apply(by_rank(pushes))
                pushes = []
            me.reply(push)

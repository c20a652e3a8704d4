"""Protocols whose server answers every push at once."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

from sim.connections.server.push import Push, Serving, by_rank, living
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol


@dataclass
class AnsweringProtocol(ServerProtocol):
    """A protocol whose server answers every push at once with the newest model: a worker never waits for another.

    So many gradients that count make an update, whosever they are; one that makes it is answered with what it has made.
    What differs is how stale they may be. Each shard of a server takes those gradients that it has first.
    """

    asynchronous = True

    @property
    def answers_at_once(self) -> bool:
        return True

    @abstractmethod
    def needed(self, workers: int) -> int:
        """How many gradients that count make an update."""

    def too_stale(self, workers: int) -> float:
        """The staleness from which on a gradient is dropped (versions); infinite: all count."""
        return math.inf

    def server(self, me: Shard) -> Serving[None]:
        needed, too_stale = self.needed(me.workers), self.too_stale(me.workers)
        pushes: list[Push] = []
        while True:
            push = yield
            if me.version - push.version < too_stale:
                pushes.append(push)
                if len(pushes) == needed:
                    pushes = living(pushes)
                if len(pushes) == needed:
                    me.apply(by_rank(pushes))
                    pushes = []
            me.reply(push)

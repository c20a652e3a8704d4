"""Stale synchronous parallel."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sim.connections.server.push import Push, Serving, by_rank
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol
from topologies.ranges import check


class Clocks:
    """How many gradients each worker has delivered.

    Parameters
    ----------
    workers
        How many workers there are; every clock begins at 0.

    Attributes
    ----------
    slowest : int
        The lowest clock.
    """

    def __init__(self, workers: int) -> None:
        self._clocks = [0] * workers
        self._workers_at = Counter({0: workers})
        self.slowest = 0

    def tick(self, rank: int) -> int:
        """Worker `rank` has delivered one more; return its clock."""
        clock = self._clocks[rank]
        self._clocks[rank] = clock + 1
        self._workers_at[clock] -= 1
        self._workers_at[clock + 1] += 1
        if self._workers_at[self.slowest] == 0:
            del self._workers_at[self.slowest]
            self.slowest += 1
        return clock + 1


@dataclass
class SSP(ServerProtocol):
    """Parameter server: nobody computes more than so many gradients ahead of the slowest (stale synchronous parallel).

    Ho et al. 2013: nobody is more than `slack` clocks ahead of the slowest. A worker's clock is the number of gradients
    that it has delivered. At clock c it may compute iff c <= min + slack; one that may not waits, so that delivered
    gradients differ by slack + 1 at most and those being computed by slack. A model read at clock c has in it all
    gradients of clocks up to c - slack - 1 and the worker's own, and newer ones as they come ("best effort", section
    3).

    A gradient is applied as it comes if its worker may go on. Those of workers that wait are applied when the slowest
    has delivered, together with its own, and an update is a step along the mean of those that are applied together. So
    slack = 0 is synchronous SGD, and a slack that nobody exhausts Downpour SGD.

    Parameters
    ----------
    slack
        Gradients that a worker may be ahead of the slowest, >= 0: 0 is synchronous.
    """

    slack: int = 3

    def __post_init__(self) -> None:
        check("slack", self.slack, at_least=0)

    def has_barrier(self, workers: int) -> bool:
        return self.slack == 0

    def server(self, me: Shard) -> Serving[None]:
        clocks = Clocks(me.workers)
        waiting: list[Push] = []
        while True:
            push = yield
            slowest, clock = clocks.slowest, clocks.tick(push.rank)
            waiting.append(push)
            if clocks.slowest > slowest:  # nobody waits who is further ahead than one step beyond the slack
                together, waiting = by_rank(waiting), []
            elif clock <= slowest + self.slack:
                together = [waiting.pop()]
            else:
                continue
            me.apply(together)
            for one in together:
                me.reply(one)

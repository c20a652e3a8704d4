"""Stale synchronous parallel."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from sim.connections.server.modulation import Modulation
from sim.connections.server.push import Push, Serving, by_rank
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol
from topologies.field_error import FieldError
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

    def rejoin(self, rank: int) -> None:
        """Worker `rank` has failed and is back: it begins with the slowest, and is no further ahead than others."""
        self._workers_at[self._clocks[rank]] -= 1
        self._clocks[rank] = self.slowest
        self._workers_at[self.slowest] += 1


class Update(StrEnum):
    """How far one gradient moves the model."""

    mean = "mean"
    sum = "sum"


@dataclass
class SSP(ServerProtocol):
    """Parameter server: nobody computes more than so many gradients ahead of the slowest (stale synchronous parallel).

    Ho et al. 2013: nobody is more than `slack` clocks ahead of the slowest. A worker's clock is the number of gradients
    that it has delivered. At clock c it may compute iff c <= min + slack; one that may not waits for its answer, so
    that delivered gradients differ by slack + 1 at most and those being computed by slack. A model read at clock c has
    in it all gradients of clocks up to c - slack - 1 and the worker's own, and newer ones as they come ("best effort",
    section 3).

    Only reads wait. Every gradient is an update of its own and applied when it arrives, at any slack, so that the slack
    changes how stale gradients are and nothing else about a step. An optimizer with a state, as momentum or Adam, takes
    a step of its rule for each. With `mean` slack = 0 is synchronous SGD at every barrier; with `sum` a slack that
    nobody exhausts is Downpour SGD.

    Parameters
    ----------
    slack
        Gradients that a worker may be ahead of the slowest, >= 0: 0 is synchronous.
    update
        What lr stands before: mean (lr / workers for each gradient) or sum (lr for each, as in the paper).
    """

    slack: int = 3
    update: Update = Update.mean

    asynchronous = True

    def may_lack(self, workers: int) -> None:
        return None

    def __post_init__(self) -> None:
        check("slack", self.slack, at_least=0)
        if self.update is Update.mean and self.modulation is Modulation.mean_staleness:
            raise FieldError(
                "modulation",
                "mean_staleness divides lr by the number of workers, as update=mean has done already; use "
                "protocol.update=sum, or another modulation",
            )

    def has_barrier(self, workers: int) -> bool:
        return self.slack == 0

    def lr_share(self, workers: int) -> float:
        return 1.0 / workers if self.update is Update.mean else 1.0

    def server(self, me: Shard) -> Serving[None]:
        clocks = Clocks(me.workers)
        waiting: list[Push] = []
        lives: dict[int, int] = {}
        while True:
            push = yield
            if lives.setdefault(push.rank, push.source.incarnation) < push.source.incarnation:
                lives[push.rank] = push.source.incarnation
                clocks.rejoin(push.rank)
            me.apply([push])
            slowest, clock = clocks.slowest, clocks.tick(push.rank)
            if clocks.slowest > slowest:  # nobody waits who is further ahead than one step beyond the slack
                for one in by_rank([*waiting, push]):
                    me.reply(one)
                waiting.clear()
            elif clock <= slowest + self.slack:
                me.reply(push)
            else:
                waiting.append(push)

"""Synchronous SGD that waits for the first K mini-batches."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Steps
from sim.protocols.families.served import RoundProtocol
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class KBatchSync(RoundProtocol):
    """Parameter server, synchronous: workers compute at one model until there are k gradients (K-batch-sync).

    Dutta et al. 2018. A worker goes on with the next mini-batch at the same model until the new model cancels it, or
    until it has done K, which are enough by themselves. With exponential compute times an update takes K E[X] / P. If
    nothing is cancelled, it is Rennala SGD (Tyurin and Richtarik 2023).

    Parameters
    ----------
    k
        Gradients of an update, whosever they are, >= 1.
    """

    k: int = 1

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    def worker(self, me: Worker) -> Steps:
        x, versions = yield me.server.pull()
        while True:
            newer = me.server.newer(versions)
            for _ in range(self.k):
                computing = me.gradient_unless(newer, x)
                pushed = me.server.push_wait_free(computing, versions)
                if (yield computing) is None:
                    break
                yield pushed
            x, versions = yield newer

    def needed(self, workers: int) -> int:
        return self.k

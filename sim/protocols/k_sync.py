"""Synchronous SGD that waits for the first K workers."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols.families.served import RoundProtocol
from topologies.ranges import check


@dataclass
class KSync(RoundProtocol):
    """Parameter server, synchronous: an update waits for the first k workers and cancels the others (K-sync).

    Dutta et al. 2018. All workers begin every round at the new model, so that an update takes E X_{K:P}, the K-th of P
    compute times. With k = workers all are waited for, and nobody is cancelled.

    Parameters
    ----------
    k
        Gradients of an update, each of another worker, 1 to workers.
    """

    k: int = 1

    def may_lack(self, workers: int) -> int:
        return workers - self.k

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    def check_workers(self, workers: int) -> None:
        check("k", self.k, "an update waits for as many different workers", at_most=workers)

    def has_barrier(self, workers: int) -> bool:
        return self.k == workers

    def needed(self, workers: int) -> int:
        return self.k

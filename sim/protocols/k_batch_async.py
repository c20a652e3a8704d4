"""Asynchronous SGD with K mini-batches for an update."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols.families.answering import AnsweringProtocol
from topologies.ranges import check


@dataclass
class KBatchAsync(AnsweringProtocol):
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

    def needed(self, workers: int) -> int:
        return self.k

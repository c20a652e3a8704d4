"""Between synchronous and asynchronous SGD."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols.families.answering import AnsweringProtocol
from topologies.ranges import check


@dataclass
class SoftSync(AnsweringProtocol):
    """Parameter server: an update for every floor(workers / n) gradients, without a barrier (Rudra's n-softsync).

    Gupta et al. 2016, section 3.1, with c = floor(lambda / n): theta_{i+1} = theta_i - alpha (1/c) sum_{l=1..c} g_l, of
    any learners, the same one's twice if it is fast. There is no barrier: a push is answered at once with the weights
    as they are after it, so that the mean staleness is (lambda - 1) / c. n = lambda is Downpour SGD.

    Parameters
    ----------
    n
        Updates for every `workers` gradients, 1 to workers (asynchronous); mean staleness is about n.
    """

    n: int = 1

    def __post_init__(self) -> None:
        check("n", self.n, at_least=1)

    def check_workers(self, workers: int) -> None:
        check("n", self.n, "an update needs floor(workers / n) gradients, one at least", at_most=workers)

    def needed(self, workers: int) -> int:
        return workers // self.n

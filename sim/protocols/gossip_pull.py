"""Gossiping SGD: pull."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.protocols import Protocol, Steps
from sim.worker import Worker
from topologies.ranges import check


@dataclass
class GossipPull(Protocol):
    """Before a step a worker averages its model with that of a random other (Jin et al. 2016, gossiping SGD, pull).

    x_i <- (x_i + x_i') / 2 with i' uniform among the neighbours, then a step of SGD from there. Worker i waits for x_i'
    (an empty request, a model back); i' is not changed by it, so that the mean of all models is not conserved.

    Parameters
    ----------
    probability
        Chance that a worker gossips where it may, 0 to 1.
    period
        Steps from one such point to the next, >= 1: where `period` divides t, of steps t = 0, 1, ...
    """

    probability: float = 1.0
    period: int = 1

    uses_peers = True
    asynchronous = True

    def __post_init__(self) -> None:
        check("probability", self.probability, at_least=0.0, at_most=1.0)
        check("period", self.period, at_least=1)

    def worker(self, me: Worker) -> Steps:
        for t in count():
            if t % self.period == 0 and me.peers.chance(self.probability):
                other = yield me.peers.fetch(me.peers.draw())
                me.moved(0.5 * me.x + 0.5 * other)
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

"""Gossiping SGD: push."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.protocols import Protocol, Steps
from sim.vector import mean
from sim.worker import Worker
from topologies.ranges import check


@dataclass
class GossipPush(Protocol):
    """Before a step a worker sends its model to a random other (Jin et al. 2016, gossiping SGD, push).

    x_i <- mean(x_i, all that has arrived since its last step); where it gossips, x_i is sent to i', uniform among the
    neighbours; then a step of SGD. Nobody waits for anything.

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
            arrived = yield me.peers.arrived()
            if arrived:
                me.moved(mean([me.x, *arrived]))
            if t % self.period == 0 and me.peers.chance(self.probability):
                me.peers.send(me.peers.draw(), me.x)
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

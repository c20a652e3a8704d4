"""Elastic averaging in a tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count

from sim.connections.centres.branching import Branches, Branching
from sim.connections.centres.connect import Centres
from sim.connections.server.push import Serving
from sim.connections.server.shard import Shard
from sim.protocols import Steps
from sim.protocols.families.elastic import BETA, ElasticProtocol
from sim.protocols.families.keeping import Keeps, Kept
from sim.tape.vector import Vector
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class EASGDTree(ElasticProtocol, Branches, Keeps):
    """Tree of centres, asynchronous: springs tie every node to parent and children, workers are leaves (EASGD Tree).

    Zhang 2016, thesis, chapter 6. Leaves take steps of SGD; an inner node keeps a moving average of its neighbours,
    parent and children. Where tau divides its clock a node sends its x to a neighbour, which moves: whoever receives y,
    x <- x + alpha (y - x). Nobody waits, nothing is answered. tau belongs to an edge, the same up and down: tau_1 below
    the lowest centres, tau_2 above. A leaf's clock counts its steps, and what has arrived moves it before the next; a
    centre's clock is the mean of its children's as far as they have sent (`sim.connections.centres.centre.Centre`).
    What is measured is the root.

    Parameters
    ----------
    alpha
        A spring's pull on the node that receives (0 to 1); None: 0.9 / (fan_out + 1); 0: no spring. Of one worker None
        is 0. With 0 there is no server either, every worker is alone.
    period
        A worker's steps from one message to the next, to and from its parent, >= 1. It is tau_1: messages leave where
        it divides t, of steps t = 0, 1, ...
    fan_out
        Children of a node, 2 to 100 000; as many as workers: one centre for all. It is d.
    upper_period
        A worker's steps from one message to the next between centres, >= period; None: period. It is tau_2.
    """

    fan_out: int = 16
    upper_period: int | None = None

    needs = (Centres,)
    asynchronous = True

    def may_lack(self, workers: int) -> None:
        return None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("fan_out", self.fan_out, at_least=2, at_most=100_000)
        check("upper_period", self.upper_period, "centres hear from workers every `period` steps", at_least=self.period)

    def strength(self, workers: int) -> float:
        if self.alpha is None:
            return BETA / (self.fan_out + 1) if workers > 1 else 0.0
        return self.alpha

    @property
    def branching(self) -> Branching:
        return Branching(self.fan_out, self.period, self.upper_period or self.period)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0)  # the parent's that has arrived

    def worker(self, me: Worker) -> Steps:
        pulled = partial(_pulled, self.strength(me.workers))
        for t in count():
            if self.strength(me.workers) > 0.0:
                me.moved(me.parent.heard(me.x, pulled))
                if t % self.period == 0:
                    me.parent.send(me.x)
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

    def server(self, me: Shard) -> Serving[None]:
        while True:
            push = yield
            me.move(_pulled(self.strength(me.workers), me.x, push.vector))


def _pulled(alpha: float, x: Vector, y: Vector) -> Vector:
    return (1.0 - alpha) * x + alpha * y

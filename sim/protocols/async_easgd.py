"""Asynchronous elastic averaging, also with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.connections.server.push import Serving
from sim.connections.server.shard import Shard
from sim.protocols import Steps
from sim.protocols.families.elastic import ElasticProtocol
from sim.protocols.families.keeping import Keeps, Kept
from sim.tape.vector import Vector
from sim.world.worker import Worker
from topologies.ranges import check_share


@dataclass
class AsyncEASGD(ElasticProtocol, Keeps):
    """Parameter server with a centre, asynchronous: springs tie the workers to it, each by its own clock (EASGD).

    Zhang et al. 2015, Algorithms 1 and 2. Where tau divides the worker's t: d = alpha (x_i - x~) with the x~ that the
    server keeps, x_i <- x_i - d and x~ <- x~ + d; then x_i <- x_i - eta g(x_i), the gradient at the x_i of before. With
    momentum delta, EAMSGD: v <- delta v - eta g(x_i + delta v) and x_i <- x_i + v. The worker asks for x~ with an empty
    message and waits for it; it sends d and does not wait, but for the server to have added up the d before: two models
    per exchange on the wires. What is measured is x~.

    Parameters
    ----------
    alpha
        The spring's pull on a worker (0 to 1); None: 0.9 / workers; 0: no spring, every worker is alone. Of one worker
        None is 0.
    period
        A worker's steps from one exchange with the centre to the next, >= 1. It is tau: they exchange where it divides
        t, of steps t = 0, 1, ...
    momentum
        Nesterov's momentum at the worker (0 to below 1); 0: EASGD, above: EAMSGD. It is delta.
    """

    momentum: float = 0.0

    asynchronous = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("momentum", self.momentum)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0 + (self.momentum > 0.0))  # the difference that is on its way, and the velocity

    def worker(self, me: Worker) -> Steps:
        alpha = self.strength(me.workers)
        v: Vector | None = None
        for t in count():
            x = me.x
            if alpha > 0.0 and t % self.period == 0:
                centre, versions = yield me.server.pull()
                d = alpha * x - alpha * centre
                me.moved(x - d)
                yield me.server.sent()
                me.server.hand_over(d, versions)
            if self.momentum == 0.0:
                g = yield me.gradient(x)
                me.x = me.update(me.x, g)
            else:
                ahead = x if v is None else x + self.momentum * v
                g = yield me.gradient(ahead)
                v = me.update(ahead, g) - x
                me.x = me.x + v

    def server(self, me: Shard) -> Serving[None]:
        while True:
            push = yield
            me.move(me.x + push.vector)

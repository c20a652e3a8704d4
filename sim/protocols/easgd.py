"""Synchronous elastic averaging."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.connections.server.push import Serving, collected
from sim.connections.server.shard import Shard
from sim.protocols import Steps
from sim.protocols.families.elastic import ElasticProtocol
from sim.tape.vector import mean
from sim.world.worker import Worker


@dataclass
class EASGD(ElasticProtocol):
    """Parameter server with a centre, synchronous: springs tie the workers' models to it (elastic averaging, EASGD).

    Zhang et al. 2015, equations 5 and 6: x_i <- x_i - eta g_i(x_i) - alpha (x_i - x~), at once with x~ <- (1 - beta) x~
    + beta mean_i x_i, beta = p alpha. The server keeps x~: it takes the models of all p workers, answers each with the
    x~ of before, and moves it. An exchange is two models per worker on the wires. What is measured is x~.

    Parameters
    ----------
    alpha
        The spring's pull on a worker (0 to 1, stable below 2 / (1 + workers)); None: 0.9 / workers; 0: no spring. From
        alpha (1 + workers) = 2 on springs swing for ever, or break. Of one worker, who has nobody to agree with, None
        is 0. With 0 there is no server either, every worker is alone.
    period
        Steps from one exchange with the centre to the next, >= 1. It is tau: they exchange where it divides t, of steps
        t = 0, 1, ...
    """

    def may_lack(self, workers: int) -> None:
        return None

    def has_barrier(self, workers: int) -> bool:
        return True

    def worker(self, me: Worker) -> Steps:
        alpha = self.strength(me.workers)
        for t in count():
            x = me.x
            if alpha > 0.0 and t % self.period == 0:
                centre, _ = yield me.server.exchange(x)
                me.moved((1.0 - alpha) * x + alpha * centre)
            g = yield me.gradient(x)
            me.x = me.update(me.x, g)

    def server(self, me: Shard) -> Serving[None]:
        beta = me.workers * self.strength(me.workers)
        while True:
            pushes = yield from collected(me.workers)
            for push in pushes:
                me.reply(push)
            me.move((1.0 - beta) * me.x + beta * mean([push.vector for push in pushes]))

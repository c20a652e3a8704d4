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
    """A spring ties every worker's model to a centre x~ (elastic averaging; Zhang et al. 2015, equations 5 and 6).

    x_i <- x_i - eta g_i(x_i) - alpha (x_i - x~), at once with x~ <- (1 - beta) x~ + beta mean_i x_i, beta = p alpha.
    The server keeps x~: it takes the models of all p workers, answers each with the x~ of before, and moves it. An
    exchange is two models per worker on the wires. What is measured is x~.

    Parameters
    ----------
    alpha
        The spring's pull on a worker, 0 to 1; None = 0.9 / workers, and 0 of one worker, who has nobody to agree with.
        Springs swing for ever, or break, from alpha (1 + workers) = 2 on. 0: no spring and no server, every worker is
        alone.
    period
        Steps from one exchange to the next (tau), >= 1: where it divides t, of steps t = 0, 1, ...
    """

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

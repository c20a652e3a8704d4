"""Synchronous elastic averaging."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.cluster.worker import Worker
from sim.connections.server.shard import Push, Shard
from sim.protocols import Served, Steps
from sim.tape.vector import mean
from topologies.ranges import check

#: Where the user gives no alpha: that of all workers together, the paper's beta (section 5).
BETA = 0.9


@dataclass
class EASGD(Served):
    """Parameter server with a centre, synchronous: springs tie the workers' models to it (elastic averaging, EASGD).

    Zhang et al. 2015, equations 5 and 6: x_i <- x_i - eta g_i(x_i) - alpha (x_i - x~), at once with x~ <- (1 - beta) x~
    + beta mean_i x_i, beta = p alpha. The server keeps x~: it takes the models of all p workers, answers each with the
    x~ of before, and moves it. An exchange is two models per worker on the wires. What is measured is x~.

    Parameters
    ----------
    alpha
        The spring's pull on a worker (0 to 1, stable below 2 / (1 + workers)); None: 0.9 / workers; 0: no spring. From
        alpha (1 + workers) = 2 on springs swing for ever, or break. Of one worker, who has nobody to agree with, None
        is 0. With 0 there is no server either, every worker is alone (protocol=local).
    period
        Steps from one exchange with the centre to the next, >= 1. It is tau: they exchange where it divides t, of steps
        t = 0, 1, ...
    """

    alpha: float | None = None
    period: int = 1

    def __post_init__(self) -> None:
        check("alpha", self.alpha, at_least=0.0, at_most=1.0)
        check("period", self.period, at_least=1)

    def strength(self, workers: int) -> float:
        """The alpha of so many workers."""
        if self.alpha is None:
            return BETA / workers if workers > 1 else 0.0
        return self.alpha

    def has_server(self, workers: int) -> bool:
        return self.strength(workers) > 0.0

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

    def receive(self, server: Shard, push: Push) -> None:
        pushes = server.collect(push, server.workers)
        if pushes is not None:
            for one in pushes:
                server.reply(one)
            beta = server.workers * self.strength(server.workers)
            server.move((1.0 - beta) * server.x + beta * mean([one.vector for one in pushes]))

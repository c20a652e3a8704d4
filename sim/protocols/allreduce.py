"""Synchronous SGD without a server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Protocol, Steps
from sim.worker import Worker


@dataclass
class AllReduce(Protocol):
    """Every worker takes the same step along the all-reduced mean gradient: SGD with batch lambda mu."""

    uses_collectives = True
    sends_gradients = True
    replicated = True

    def worker(self, me: Worker) -> Steps:
        while True:
            g = yield me.gradient(me.x)
            mean = yield me.group.all_reduce(g)
            me.x = me.update(me.x, mean)

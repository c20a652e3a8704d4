"""Synchronous SGD with a parameter server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.shard import Push, Shard
from sim.protocols import ServerProtocol


@dataclass
class HardSync(ServerProtocol):
    """Parameter server, synchronous: an update waits for the gradient of every worker.

    Rudra's hardsync (Gupta et al. 2016, section 3.1): theta_{i+1} = theta_i - alpha (1/lambda) sum_l g_l, with every
    g_l taken at theta_i: SGD with batch lambda mu.
    """

    stale = False

    def has_barrier(self, workers: int) -> bool:
        return True

    def receive(self, server: Shard, push: Push) -> None:
        pushes = server.collect(push, server.workers)
        if pushes is not None:
            server.apply(pushes)
            for one in pushes:
                server.reply(one)

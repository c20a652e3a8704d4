"""Synchronous SGD with a parameter server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.push import Serving, collected
from sim.connections.server.shard import Shard
from sim.protocols.families.served import ServerProtocol


@dataclass
class HardSync(ServerProtocol):
    """Parameter server, synchronous: an update waits for the gradient of every worker.

    Rudra's hardsync (Gupta et al. 2016, section 3.1): theta_{i+1} = theta_i - alpha (1/lambda) sum_l g_l, with every
    g_l taken at theta_i: SGD with batch lambda mu.
    """

    stale = False
    lockstep = True

    def may_lack(self, workers: int) -> int:
        return 0

    def has_barrier(self, workers: int) -> bool:
        return True

    def server(self, me: Shard) -> Serving[None]:
        while True:
            pushes = yield from collected(me.workers)
            me.apply(pushes)
            for push in pushes:
                me.reply(push)

"""Gossiping SGD: pull."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.protocols import Steps
from sim.protocols.families.gossip import GossipProtocol
from sim.world.worker import Worker


@dataclass
class GossipPull(GossipProtocol):
    """No server, asynchronous: before a step a worker averages with the model of a random other (gossiping SGD, pull).

    Jin et al. 2016: x_i <- (x_i + x_i') / 2 with i' uniform among the neighbours, then a step of SGD from there. Worker
    i waits for x_i' (an empty request, a model back); i' is not changed by it, so that the mean of all models is not
    conserved.

    Attributes
    ----------
    topology
        Whom a worker may draw: everybody, unless another topology is chosen.
    """

    topology = "complete"

    def worker(self, me: Worker) -> Steps:
        for t in count():
            if self.gossips(me, t):
                other = yield me.peers.fetch(me.peers.draw())
                me.moved(0.5 * me.x + 0.5 * other)
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

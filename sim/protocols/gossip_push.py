"""Gossiping SGD: push."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.protocols import Steps
from sim.protocols.families.gossip import GossipProtocol
from sim.protocols.families.keeping import Keeps, Kept
from sim.tape.vector import mean
from sim.world.worker import Worker


@dataclass
class GossipPush(GossipProtocol, Keeps):
    """No server, asynchronous: before a step a worker sends its model to a random other (gossiping SGD, push).

    Jin et al. 2016: x_i <- mean(x_i, all that has arrived since its last step); where it gossips, x_i is sent to i',
    uniform among the neighbours; then a step of SGD. Nobody waits for anything. A worker sends one model at a time; of
    those that are due meanwhile, the newest follows and the others are left out.

    Attributes
    ----------
    topology
        Whom a worker may draw: everybody, unless another topology is chosen.
    """

    topology = "complete"

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0)  # one that has arrived

    def worker(self, me: Worker) -> Steps:
        for t in count():
            arrived = yield me.peers.arrived()
            if arrived:
                me.moved(mean([me.x, *arrived]))
            if self.gossips(me, t):
                me.peers.send(me.peers.draw(), me.x)
            g = yield me.gradient(me.x)
            me.x = me.update(me.x, g)

"""Distributed L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Steps
from sim.protocols.families.batch import BatchProtocol
from sim.tape.vector import union
from sim.world.worker import Worker


@dataclass
class Sandblaster(BatchProtocol):
    """Parameter server, whole training set: portions for whoever is free, then a step of L-BFGS (optimizer.lr=1: full).

    Sandblaster L-BFGS (Dean et al. 2012, section 4.2). The paper names no line search; the length of a step is the
    optimizer's lr, with 1 for a full one.
    """

    def may_lack(self, workers: int) -> None:
        return None

    def worker(self, me: Worker) -> Steps:
        while True:
            portion = yield me.coordinator.portion()
            x, versions = yield me.server.pull()
            accumulated = []
            while portion is not None:
                g, portion = yield me.coordinator.gradient(x, portion)
                if g is not None:  # no other worker was first
                    accumulated.append(g)
            if accumulated:
                me.server.push(union(accumulated), versions)

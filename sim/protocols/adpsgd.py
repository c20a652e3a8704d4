"""Asynchronous decentralised parallel SGD."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sim.connections.pairs.connect import Pairs
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.world.worker import Worker
from topologies.bipartite import sides
from topologies.field_error import FieldError


@dataclass
class ADPSGD(Protocol, Keeps):
    """No server, asynchronous: workers average their models in pairs, with one random neighbour at a time (AD-PSGD).

    Lian et al. 2018, Algorithm 1: g_i at x_i; then x_i, x_j <- (x_i + x_j) / 2 with j uniform among the neighbours;
    then x_i <- x_i - gamma g_i. Others average with x_i while g_i is computed, so that g_i is stale. Averaging is the
    work of another thread, beside the next gradient: no step waits for it. A worker whose averaging is still under way
    takes its step without beginning another, so the wire decides how often models meet.

    Parameters
    ----------
    bipartite
        Only the workers on one side of a bipartite topology begin an averaging, the others answer. The paper avoids
        deadlock so: the active workers are the larger of the two sides (that of rank 0 where they are equal). Without
        it everybody does both: nobody waits, so there is no deadlock on any topology.
    """

    bipartite: bool = False

    needs = (Pairs,)
    asynchronous = True

    def active(self, neighbours: Sequence[Sequence[int]]) -> Collection[int]:
        if not self.bipartite:
            return super().active(neighbours)
        try:
            first, second = sides(neighbours)
        except ValueError as error:
            raise FieldError(
                "bipartite",
                f"the topology has {error}; use protocol.bipartite=false, or a bipartite topology (star, "
                "hypercube, a ring of an even number of workers)",
            ) from error
        return max(first, second, key=len)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0)  # beside the one that a gradient is computed at, the one that averagings change

    def worker(self, me: Worker) -> Steps:
        while True:
            g = yield me.gradient(me.x)
            if me.peers.may_average:
                me.peers.average(me.peers.draw())
            me.x = me.update(me.x, g)

"""Stochastic gradient push."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.mixing.connect import Mixing
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.world.worker import Worker
from topologies.mixing import Stochastic
from topologies.ranges import check


@dataclass
class SGP(Protocol, Keeps):
    """No server: workers push shares of their models along a directed graph (stochastic gradient push, SGP).

    Assran et al. 2019, Algorithm 1: x_i <- sum_j P_ij (x_j - gamma g_j(z_j)), w_i <- sum_j P_ij w_j, z_i = x_i / w_i. P
    need only be column stochastic: the push-sum weight w undoes what a worker gets too much or too little of. It
    travels with the model, and its eight bytes are neglected. Gradients are taken, and what is measured is taken, at z.

    Parameters
    ----------
    overlap
        Iterations that a message may be late before its receiver waits, >= 0; 0: every message is waited for. It is
        tau: what has arrived is mixed in, and a worker waits only for messages that are tau iterations late (overlap
        SGP, Algorithm 2, with a message in every iteration).

    Attributes
    ----------
    topology
        The paper's graph, unless another topology is chosen.
    """

    overlap: int = 0

    needs = (Mixing,)
    mixing = Stochastic.column
    topology = "one_peer_exponential"

    def __post_init__(self) -> None:
        check("overlap", self.overlap, "give how many iterations late a message may be mixed in", at_least=0)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0)  # the sum of what neighbours have sent so far

    def worker(self, me: Worker) -> Steps:
        x, w = me.x, 1.0
        while True:
            g = yield me.gradient(me.x)
            me.neighbours.share(me.update(x, g), w)
            x, w = yield me.neighbours.pushed(late=self.overlap)
            me.x = x / w

"""Decentralised parallel SGD."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Protocol, Steps
from sim.worker import Worker


@dataclass
class DPSGD(Protocol):
    """Every worker mixes its model with its neighbours': Lian et al. 2017, Algorithm 1.

    x_i <- sum_j W_ij x_j - gamma g_i(x_i): the gradient is taken at the model that has not been mixed, so the exchange
    overlaps with it.
    """

    uses_topology = True

    def worker(self, me: Worker) -> Steps:
        while True:
            me.share(me.x)
            g = yield me.gradient(me.x)
            mixed = yield me.mixed()
            me.x = me.update(mixed, g)

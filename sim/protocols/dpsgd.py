"""Decentralised parallel SGD."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sim.connections.mixing.connect import Mixing
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.world.worker import Worker


class Order(StrEnum):
    """Which comes first: mixing, or the step along the gradient."""

    lian = "lian"
    adapt_then_combine = "adapt_then_combine"


@dataclass
class DPSGD(Protocol, Keeps):
    """No server: workers average their models with their neighbours' (D-PSGD).

    Lian et al. 2017.

    Parameters
    ----------
    order
        lian (mix, then step along the gradient of the unmixed model) or adapt_then_combine (step, then mix). The former
        is x_i <- sum_j W_ij x_j - gamma g_i(x_i), Algorithm 1: the gradient is taken at the model that has not been
        mixed, so the exchange overlaps with it. The latter is x_i <- sum_j W_ij (x_j - gamma g_j(x_j)): what is
        exchanged is the model after the step, which all wait for.
    """

    order: Order = Order.lian

    needs = (Mixing,)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=1.0)  # the sum of what neighbours have sent so far

    def worker(self, me: Worker) -> Steps:
        while True:
            if self.order is Order.lian:
                me.neighbours.share(me.x)
                g = yield me.gradient(me.x)
                me.x = me.update((yield me.neighbours.mixed()), g)
            else:
                g = yield me.gradient(me.x)
                me.neighbours.share(me.update(me.x, g))
                me.x = yield me.neighbours.mixed()

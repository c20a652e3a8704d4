"""Local SGD, and post-local SGD."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.connections.group.connect import Collectives
from sim.protocols import Protocol, Steps
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class LocalSGD(Protocol):
    """No server: workers take steps by themselves and average their models now and then (local SGD).

    Stich 2019, Algorithm 1: H steps, then an averaging. A step of the optimizer follows the worker's own gradient, with
    a state that stays local: only models are averaged. With H = 1 there is nothing local: gradients are averaged
    instead, which is mini-batch SGD, as in the first phase of post-local SGD (Lin et al. 2020, section 3) and in
    PyTorch; at the switch workers keep the optimizer state they had in common. For plain SGD averaging models after
    every step would be the same but for rounding.

    Parameters
    ----------
    period
        Local steps from one averaging to the next, >= 1. It is H.
    switch_updates
        Updates that average gradients at every step before that (post-local SGD), >= 0; None: none.
    """

    period: int = 8
    switch_updates: int | None = None

    needs = (Collectives,)
    replicated = True

    def __post_init__(self) -> None:
        check("period", self.period, at_least=1)
        check("switch_updates", self.switch_updates, at_least=0)

    def worker(self, me: Worker) -> Steps:
        for _ in count() if self.period == 1 else range(me.taken, self.switch_updates or 0):
            g = yield me.gradient(me.x)
            mean = yield me.group.all_reduce(g)
            me.x = me.update(me.x, mean)
        me.detach()
        for step in count(1):
            g = yield me.gradient(me.x)
            x = me.update(me.x, g)
            me.x = x if step % self.period else (yield me.group.all_reduce(x))

"""DiLoCo: local steps inside, a common momentum outside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.connections.group.connect import Collectives
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.tape.vector import Vector, weighted_sum
from sim.world.worker import Worker
from topologies.ranges import check


class Outer:
    """The outer model and its velocity, which are the same on every worker.

    Nesterov momentum along Delta = theta - mean theta_i, as PyTorch writes it: v <- m v + Delta;
    theta <- theta - lr (Delta + m v). As a combination of models it is, with lr = 1 and m = 0, their mean to the bit.
    """

    def __init__(self, theta: Vector, lr: float, momentum: float) -> None:
        self._theta = theta
        self._lr = lr
        self._momentum = momentum
        self._velocity: Vector | None = None
        self._mean: Vector | None = None

    def step(self, mean: Vector) -> Vector:
        """The outer model after the step that the mean of the inner ones leads to; a second asker gets the same one."""
        if mean is not self._mean:
            lr, m, theta = self._lr, self._momentum, self._theta
            delta = theta - mean
            self._velocity = v = delta if self._velocity is None else delta + m * self._velocity
            self._theta, self._mean = weighted_sum([1.0 - lr, lr, -lr * m], [theta, mean, v]), mean
        return self._theta


@dataclass
class DiLoCo(Protocol, Keeps):
    """No server: rounds of local steps, then a common step of Nesterov momentum along what they moved (DiLoCo).

    Douillard et al. 2023, Algorithm 1: theta_i takes H steps of `optimizer` from theta, with a state that stays local
    from one round to the next; the outer gradient is Delta = mean (theta - theta_i), along which theta takes a step of
    Nesterov momentum. The paper's inner optimizer is AdamW with H = 500. With `outer_lr` = 1 and `outer_momentum` = 0
    it is local SGD.

    Parameters
    ----------
    period
        Local steps of a round, >= 1; the paper takes 500. They are its H inner steps.
    outer_lr
        Learning rate of the common, outer step (no unit), > 0.
    outer_momentum
        Share of the common velocity kept from one round to the next (0 to 1).
    """

    period: int = 50
    outer_lr: float = 0.7
    outer_momentum: float = 0.9

    needs = (Collectives,)
    replicated = True

    def __post_init__(self) -> None:
        check("period", self.period, at_least=1)
        check("outer_lr", self.outer_lr, above=0.0)
        check("outer_momentum", self.outer_momentum, at_least=0.0, at_most=1.0)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=2.0)  # the outer model and its velocity

    def worker(self, me: Worker) -> Steps:
        me.detach()
        outer = me.group.replicate(Outer(me.x, self.outer_lr, self.outer_momentum))
        for step in count(1):
            g = yield me.gradient(me.x)
            x = me.update(me.x, g)
            if step % self.period == 0:
                mean = yield me.group.all_reduce(x)
                x = outer.step(mean)
            me.x = x

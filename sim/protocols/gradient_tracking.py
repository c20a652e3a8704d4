"""Gradient tracking."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.mixing.connect import Mixing
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.world.worker import Worker


@dataclass
class GradientTracking(Protocol, Keeps):
    """No server: workers mix their models, and what they know of the mean gradient, with their neighbours' (DSGT).

    Pu and Nedic 2021; Koloskova, Lin and Stich 2021, Algorithm 1: x_i <- sum_j W_ij (x_j - gamma y_j), then y_i <-
    sum_j W_ij y_j + g_i(x_i) - g_i', where g_i' is the worker's gradient before, and y_i = g_i at first. So the mean of
    all y_i is that of all latest gradients, whatever data each worker has, and every y_i comes to it: unlike D-PSGD,
    whose models keep a bias that grows with gamma, it ends where the mean gradient is 0. The idea is of Di Lorenzo and
    Scutari 2016 (NEXT) and Nedic, Olshevsky and Shi 2017 (DIGing, which combines models before it adapts them).

    Both vectors travel in one message. The optimizer's step is along y_i: with momentum a worker's velocity is made of
    its y_i, and the mean of all velocities is that of the mean gradients. What is not linear in y_i, as Adam, is each
    worker's own.
    """

    needs = (Mixing,)

    def may_lack(self, workers: int) -> None:
        return None

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        return Kept(copies=3.0)  # y or the correction, and the sums of what neighbours have sent so far of both

    def worker(self, me: Worker) -> Steps:
        y = g = yield me.gradient(me.x)
        while True:
            me.neighbours.share(me.update(me.x, y), y=y)
            me.x, mixed = yield me.neighbours.mixed_both()
            correction = 0.0 * g if me.neighbours.begins_anew else mixed - g
            g = yield me.gradient(me.x)
            y = g + correction

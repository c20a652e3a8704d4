"""Quadratic bowls of different shapes and bottoms, one for each worker: whose optimum no worker has alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernels.contract import EVALUATE, GRADIENT
from kernels.jit import kernel
from sim.partitions import LocalData, Partition
from sim.problems import Problem, Samples
from sim.problems.task import Task

DIM = 3


@kernel(GRADIENT["float64"])
def bowls_gradient(x, out, index, key, inputs, targets, layout, settings, scratch, ahead):
    """h (x - c) of the sample's curvatures h and bottom c, a row of inputs."""
    sample = inputs[index[0]]
    for i in range(layout[0]):
        out[i] = sample[i] * (x[i] - sample[layout[0] + i])


@kernel(EVALUATE["float64"])
def bowls_evaluate(x, inputs, targets, layout, settings, scratch, measures):
    """Mean of h (x - c)^2 / 2 over all samples."""
    measures[0] = measures[1] = 0.0
    for sample in range(inputs.shape[0]):
        for i in range(layout[0]):
            h, c = inputs[sample, i], inputs[sample, layout[0] + i]
            measures[0] += h * (x[i] - c) ** 2 / (2 * inputs.shape[0])


@dataclass
class Bowls(Problem):
    """f_i(x) = h_i . (x - c_i)^2 / 2 for worker i, of curvatures 0.5 to 1.5 and bottoms N(0, 1) of the seed."""

    workers: int = 8
    seed: int = 0

    itemsize = 8
    tensors = [DIM]  # noqa: RUF012
    flops_per_sample = 100.0

    @property
    def h(self):
        """Curvatures, ``[workers, DIM]``."""
        return np.random.default_rng([self.seed, 0]).uniform(0.5, 1.5, (self.workers, DIM))

    @property
    def c(self):
        """Bottoms, ``[workers, DIM]``."""
        return np.random.default_rng([self.seed, 1]).standard_normal((self.workers, DIM))

    @property
    def samples(self):
        return self.workers

    def task(self, generator):
        data = Samples(np.hstack([self.h, self.c]), np.arange(float(self.workers)))
        return Task(
            initial=np.ones(DIM),
            train=data,
            test=data,
            gradient=bowls_gradient,
            evaluate=bowls_evaluate,
            layout=np.array([DIM]),
            settings=np.empty(0),
            scratch_size=lambda batch: 0,
        )

    def gradients(self, x):
        """Of each worker's bowl at each worker's model, both ``[workers, DIM]``."""
        return self.h * (x - self.c)

    @property
    def optimum(self):
        """Where the mean gradient is 0: sum h_i c_i / sum h_i."""
        return (self.h * self.c).sum(axis=0) / self.h.sum(axis=0)


class OwnBowl(Partition):
    """Worker i has bowl i."""

    def deal(self, targets, workers, generator):
        ranks = np.arange(workers)
        return LocalData(ranks, ranks, ranks + 1)

"""The gradients that workers meet on the noisy quadratic, for loops that know nothing of clocks and tapes."""

import numpy as np
from experiments import option

from kernels.hashing import mix
from sim.streams import key, stream


class Gradients:
    """g(rank, step, x): the gradient at `x` on the mini-batch that a worker meets at one of its steps.

    The problem is the quadratic itself, or the words for it.
    """

    def __init__(self, problem, seed, batch):
        quadratic = option("problem", problem) if isinstance(problem, str) else problem
        self._task = quadratic.task(stream(seed, "initial"))
        self._key = key(seed, "batch")
        self._index = np.zeros(batch, np.int64)
        self.initial = self._task.initial.copy()

    def __call__(self, rank, step, x):
        task, g = self._task, np.zeros_like(x)
        noise = mix(mix(self._key, np.uint64(rank)), np.uint64(step))
        task.gradient(x, g, self._index, noise, *task.train, task.layout, task.settings, np.zeros(0), x)
        return g

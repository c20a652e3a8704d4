"""A noisy quadratic bowl: every law of SGD can be checked on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.problems import Problem, Samples
from sim.problems.task import Task
from topologies.ranges import check


@dataclass
class Quadratic(Problem):
    """f(x) = curvature/2 |x|^2; gradient = curvature x + noise N(0, I) / sqrt(batch); float64.

    Parameters
    ----------
    dim
        Number of parameters, >= 1.
    curvature
        The one eigenvalue h of the Hessian, > 0.
    noise
        Standard deviation s of one sample's gradient noise, per coordinate, >= 0.
    start
        Value of every coordinate at the start; the optimum is 0.
    """

    itemsize = 8

    dim: int = 10
    curvature: float = 1.0
    noise: float = 1.0
    start: float = 1.0

    def __post_init__(self) -> None:
        check("dim", self.dim, at_least=1)
        check("curvature", self.curvature, above=0.0)
        check("noise", self.noise, at_least=0.0)
        check("start", self.start)

    @property
    def tensors(self) -> list[int]:
        return [self.dim]

    @property
    def flops_per_sample(self) -> float:
        return 2.0 * self.dim

    @property
    def samples(self) -> int | None:
        return None

    def task(self, generator: np.random.Generator) -> Task | None:
        from kernels import quadratic

        nothing = Samples(np.empty((0, 1)), np.empty(0))
        return Task(
            initial=np.full(self.dim, self.start, np.float64),
            train=nothing,
            test=nothing,
            gradient=quadratic.gradient,
            evaluate=quadratic.evaluate,
            layout=np.array([self.dim]),
            settings=np.array([self.curvature, self.noise], np.float64),
            scratch_size=lambda batch: 0,
            samples_add_up=False,
            noiseless=np.array([self.curvature, 0.0]),
        )

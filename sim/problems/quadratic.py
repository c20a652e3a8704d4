"""A noisy quadratic bowl: every law of SGD can be checked on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.problems import Problem, Samples
from sim.problems.task import Task
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Quadratic(Problem):
    """A noisy quadratic bowl, optimum 0: every law of SGD can be checked on it (float64).

    f(x) = h/2 |x|^2 with h = curvature; gradient = h x + noise N(0, I) / sqrt(batch).

    Parameters
    ----------
    dim
        Number of parameters, >= 1.
    curvature
        Eigenvalue h of the Hessian (no unit), > 0; loss = h/2 |x|^2.
    noise
        Standard deviation of one sample's gradient noise, per coordinate (no unit), >= 0.
    start
        Value of every coordinate at the start (no unit).
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
        if not math.isfinite(self._noise_scale):
            raise FieldError(
                "noise",
                f"its square times {self.dim} over the curvature {self.curvature:g} must be finite, got "
                f"{self.noise:g}; give less",
            )

    @property
    def _noise_scale(self) -> float:
        """The loss that noise makes of any start: SGD of step a ends at a s^2 d / (2 (2 - a h)); here a = 1 / h."""
        return self.noise * self.noise * self.dim / (2 * self.curvature)

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
            loss_scale=self._noise_scale,
        )

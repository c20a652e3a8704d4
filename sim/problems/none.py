"""The clock alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.problems import Problem, Task
from topologies.ranges import check


@dataclass
class NoProblem(Problem):
    """Nothing is learned: the same events as a run that learns, without its arithmetic.

    The defaults are those of `digits_mlp`, so that the native workload costs the same.

    Parameters
    ----------
    sizes
        Sizes of the tensors that the workload is to price (parameters), each >= 0.
    flops_per_sample
        Arithmetic of one sample's gradient (FLOP), >= 0.
    samples
        Samples that make an epoch, >= 1; null = there are no epochs.
    """

    learns = False

    sizes: list[int] = field(default_factory=lambda: [8192, 128, 8192, 64, 640, 10])
    flops_per_sample: float = 85_760.0
    samples: int | None = 1_440

    def __post_init__(self) -> None:
        for size in self.sizes:
            check("sizes", size, at_least=0)
        check("flops_per_sample", self.flops_per_sample, at_least=0.0)
        check("samples", self.samples, at_least=1)

    @property
    def tensors(self) -> list[int]:
        return self.sizes

    def task(self, generator: np.random.Generator) -> Task | None:
        return None

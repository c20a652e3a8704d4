"""The clock alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from sim.problems import Problem
from sim.problems.task import Task
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class NoProblem(Problem):
    """Nothing is learned: the clock alone, for capacity planning.

    A run has the same events as one that learns, without its arithmetic. The defaults are those of `digits_mlp`, so
    that the native workload costs the same.

    Parameters
    ----------
    sizes
        Sizes of the tensors that the native workload prices (parameters), each >= 0.
    rows
        Rows of each tensor as a matrix, >= 1, for compression=power_sgd; 1: a vector. Each is a divisor of the tensor's
        size; nothing else asks for them.
    flops_per_sample
        Arithmetic of one sample's gradient (FLOP), >= 0.
    samples
        Samples that make an epoch, >= 1; None: there are no epochs.
    """

    learns = False

    sizes: list[int] = field(default_factory=lambda: [8192, 128, 8192, 64, 640, 10])
    rows: list[int] = field(default_factory=lambda: [64, 1, 128, 1, 64, 1])
    flops_per_sample: float = 85_760.0
    samples: int | None = 1_440

    def __post_init__(self) -> None:
        for size in self.sizes:
            check("sizes", size, at_least=0)
        for rows in self.rows:
            check("rows", rows, at_least=1)
        check("flops_per_sample", self.flops_per_sample, at_least=0.0)
        check("samples", self.samples, at_least=1)

    @classmethod
    def in_place_of(cls, problem: Problem) -> Self:
        """What costs the same as `problem` by the native workload, and learns nothing.

        Of a gradient's arithmetic, each tensor has the part that its size is of the whole.
        """
        return cls(
            sizes=list(problem.tensors),
            rows=[rows for rows, _ in problem.shapes],
            flops_per_sample=problem.flops_per_sample,
            samples=problem.samples,
        )

    @property
    def tensors(self) -> list[int]:
        return self.sizes

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of each tensor.

        Raises
        ------
        FieldError
            If there is not one number of rows for each tensor, or it is no divisor of the size.
        """
        if len(self.rows) != len(self.sizes) or any(
            size % rows for size, rows in zip(self.sizes, self.rows, strict=True)
        ):
            raise FieldError(
                "rows", f"must be a divisor of each of problem.sizes={self.sizes}, got {self.rows}; give 1 for a vector"
            )
        return [(rows, size // rows) for size, rows in zip(self.sizes, self.rows, strict=True)]

    def task(self, generator: np.random.Generator) -> Task | None:
        return None

"""Low-rank gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective, Operation
from sim.compressor import Compressor
from sim.compressors import Compression
from sim.problems import Problem
from sim.vector import Vector
from topologies.ranges import check


@dataclass
class PowerSGD(Compression):
    """Every matrix M of the model becomes P Q^T of rank r (Vogels, Karimireddy and Jaggi 2019, Algorithms 1 and 2).

    P = M Q is all-reduced and its columns are made orthonormal; then Q = M^T P is all-reduced, which is also what the
    next P begins with. What P Q^T leaves out is added to the next gradient. A convolution's filters are the columns of
    a matrix. A vector, and a matrix that P and Q would not make smaller, is all-reduced as it is, together with P.

    Parameters
    ----------
    rank
        r, >= 1: a matrix of m x n becomes r (m + n) numbers.
    """

    rank: int = 2

    linear = True
    needs_group = True

    def __post_init__(self) -> None:
        check("rank", self.rank, "give the number of columns of P and Q", at_least=1)

    @property
    def keeps_error(self) -> bool:
        return True

    def message_bytes(self, nbytes: float, problem: Problem) -> float:
        return sum(self._parts(nbytes, problem))

    def operations(self, collective: Collective, ranks: int, nbytes: float, problem: Problem) -> list[Operation]:
        first, second = self._parts(nbytes, problem)
        return [collective.all_reduce(ranks, part) for part in ([first, second] if second else [first])]

    def compressor(
        self, zero: Vector, size: int, problem: Problem, generator: np.random.Generator
    ) -> Compressor | None:
        from kernels.compress import LOW_RANK

        matrices, begin = [], 0
        for rows, columns in problem.shapes:
            if self._shrinks(rows, columns):
                matrices.append((begin, rows, columns))
            begin += rows * columns
        if not matrices:
            return None
        factors = zero.tape.constant(generator.standard_normal(size))
        coefficients = [self.rank, len(matrices), *(number for matrix in matrices for number in matrix)]
        return Compressor(LOW_RANK, coefficients, [zero, factors])

    def _shrinks(self, rows: int, columns: int) -> bool:
        return self.rank * (rows + columns) < rows * columns

    def _parts(self, nbytes: float, problem: Problem) -> tuple[float, float]:
        """Bytes of the two all-reduces; a workload with a size of its own has the problem's proportions."""
        first = second = 0
        for rows, columns in problem.shapes:
            if self._shrinks(rows, columns):
                first += self.rank * rows
                second += self.rank * columns
            else:
                first += rows * columns
        each = nbytes / max(1, problem.parameters)
        return each * first, each * second

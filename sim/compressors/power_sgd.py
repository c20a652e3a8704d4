"""Low-rank gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compressors import Carrier
from sim.compressors.compressor import Compressor
from sim.compressors.lossy import Lossy
from sim.problems.part import Part
from sim.tape.vector import Vector
from topologies.ranges import check


@dataclass
class PowerSGD(Lossy):
    """PowerSGD: every matrix as a product of two thin ones; all-reduced.

    M becomes P Q^T of rank r (Vogels, Karimireddy and Jaggi 2019, Algorithms 1 and 2). P = M Q is all-reduced and its
    columns are made orthonormal; then Q = M^T P is all-reduced, which is also what the next P begins with. What P Q^T
    leaves out is added to the next gradient. A convolution's filters are the columns of a matrix. A vector, and a
    matrix that P and Q would not make smaller, is sent as it is, together with P. To a server every worker sends a P
    and Q of its own, those of Algorithm 1 with one worker; a matrix that lies on several shards is sent as it is.

    Parameters
    ----------
    rank
        Columns of the thin matrices, >= 1: m x n numbers become rank (m + n). It is r.
    seconds_per_byte
        Time to make P and Q, per byte of matrices (s/B), >= 0; 0 must be asked for. Measured with rank 2: one core of
        an AMD EPYC, 34 MB, benchmarks/compression.py; it grows with the rank. To multiply them out takes a quarter.
    """

    rank: int = 2
    seconds_per_byte: float = 1.6e-9

    decoding = 0.25
    linear = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check("rank", self.rank, "give the number of columns of P and Q", at_least=1)

    @property
    def states(self) -> int:
        return 2

    def message_bytes(self, nbytes: float, part: Part) -> float:
        return sum(self._factor_bytes(nbytes, part))

    def worked_on(self, nbytes: float, part: Part) -> float:
        inside = sum(rows * columns for _, rows, columns in self._matrices(part))
        return nbytes * inside / part.size if inside else 0.0

    def carriers(self, nbytes: float, part: Part) -> list[Carrier]:
        first, second = self._factor_bytes(nbytes, part)
        return [Carrier("all_reduce", size) for size in ([first, second] if second else [first])]

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        from kernels.compress import LOW_RANK

        matrices = self._matrices(part)
        if not matrices:
            return None
        factors = zero.tape.constant(generator.standard_normal(part.model.parameters))
        coefficients = [self.rank, len(matrices), *(number for matrix in matrices for number in matrix)]
        return Compressor(LOW_RANK, coefficients, [zero, factors.part(zero.region) if zero.region else factors])

    def _matrices(self, part: Part) -> list[tuple[int, int, int]]:
        """Offset, rows and columns of the matrices that become P and Q."""
        matrices, begin = [], 0
        for rows, columns in part.model.shapes:
            end = begin + rows * columns
            whole = any(low <= begin and end <= high for low, high in part.ranges)
            if whole and self.rank * (rows + columns) < rows * columns:
                matrices.append((begin, rows, columns))
            begin = end
        return matrices

    def _factor_bytes(self, nbytes: float, part: Part) -> tuple[float, float]:
        """Size of P with what is sent as it is, and of Q (B), in proportion to that of what they stand for."""
        matrices = self._matrices(part)
        if part.size == 0:  # bytes that no parameters go with
            return nbytes, 0.0
        first = part.size + sum(self.rank * rows - rows * columns for _, rows, columns in matrices)
        second = sum(self.rank * columns for _, _, columns in matrices)
        each = nbytes / part.size
        return each * first, each * second

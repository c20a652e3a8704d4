"""The largest elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compressors import WORD
from sim.compressors.compressor import Compressor
from sim.compressors.sparsification import Sparsification
from sim.problems.part import Part
from sim.tape.vector import Vector


@dataclass
class TopK(Sparsification):
    """The largest elements with their indices; all-gathered.

    The k elements of largest magnitude, 4 + 4 B each (Aji and Heafield 2017; Stich et al. 2018). Of equal ones the
    first are sent. Every sender has indices of its own, so messages cannot be all-reduced: they are all-gathered.

    Parameters
    ----------
    seconds_per_byte
        Time to select, per byte of the gradient (s/B), >= 0; 0 must be asked for. Measured: one core of an AMD EPYC,
        34 MB, benchmarks/compression.py. Adding a message up takes a hundredth of it.
    """

    seconds_per_byte: float = 2.4e-9

    decoding = 0.01

    def message_bytes(self, nbytes: float, part: Part) -> float:
        return float(2 * WORD * self.kept(nbytes / WORD))

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        from kernels.compress import TOP_K

        if self.share == 1.0:
            return None
        return Compressor(TOP_K, [self.kept(part.size)], [zero] if self.error_feedback else [])

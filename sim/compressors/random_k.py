"""Random elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compressors import WORD, Carrier
from sim.compressors.compressor import Compressor
from sim.compressors.sparsification import Sparsification
from sim.problems.part import Part
from sim.streams import draw_key
from sim.tape.vector import Vector

#: What the receiver draws the same indices from (B).
SEED = 8


@dataclass
class RandomK(Sparsification):
    """Random elements, the same on all ranks of a group, which all-reduce them.

    k elements, other ones in every message (Stich, Cordonnier and Jaggi 2018; Wangni et al. 2018). Indices are drawn
    from a seed. To a server every sender sends its own seed and 4 B for each element. In a group all ranks have one
    sequence of seeds from the start, so that they send the same elements of every mean, and all-reduce them. Without
    error feedback the elements are multiplied by d / k, which makes their expected value the gradient.

    Parameters
    ----------
    error_feedback
        What is not sent is added to the next gradient; False: what is sent is scaled up to be unbiased.
    seconds_per_byte
        Time to select, per byte of the gradient (s/B), >= 0; 0 must be asked for. Measured: one core of an AMD EPYC,
        34 MB, benchmarks/compression.py. Adding a message up takes a twentieth of it.
    """

    seconds_per_byte: float = 1.0e-9

    decoding = 0.05
    linear = True

    def message_bytes(self, nbytes: float, part: Part) -> float:
        return float(SEED + WORD * self.kept(nbytes / WORD))

    def carriers(self, nbytes: float, part: Part) -> list[Carrier]:
        return [Carrier("all_reduce", float(WORD * self.kept(nbytes / WORD)))]

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        from kernels.compress import RANDOM_K

        if self.share == 1.0:
            return None
        k = self.kept(part.size)
        states, scale = ([zero], 1.0) if self.error_feedback else ([], part.size / max(1, k))
        return Compressor(RANDOM_K, [k, scale], states, draw_key(generator))

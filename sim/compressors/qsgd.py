"""Quantised SGD."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.compressors import WORD
from sim.compressors.compressor import Compressor
from sim.compressors.lossy import Lossy
from sim.problems.part import Part
from sim.streams import draw_key
from sim.tape.vector import Vector
from topologies.ranges import check


@dataclass
class QSGD(Lossy):
    """QSGD: every element rounded at random to a few levels; all-gathered.

    They are multiples of |v|_2 / s (Alistarh et al. 2017, section 3). The expected value is v, the variance at most
    min(d / s^2, sqrt(d) / s) |v|_2^2 (Lemma 3.1). An element takes one bit for its sign and ceil(log2(s + 1)) for its
    level, without the Elias code of the paper; a norm takes 4 B. Messages have levels of different norms, so they
    cannot be all-reduced: they are all-gathered.

    Parameters
    ----------
    levels
        Levels other than zero, the paper's s, 1 to 1 000 000: 1 + ceil(log2(levels + 1)) bits for each element.
    bucket
        Elements that share a norm of 4 B, >= 1; None: all. Their number is the variance's d (section 3.3).
    seconds_per_byte
        Time to quantise, per byte of the gradient (s/B), >= 0; 0 must be asked for. Measured: one core of an AMD EPYC,
        34 MB, benchmarks/compression.py. Adding a message up takes three quarters of it.
    """

    levels: int = 7
    bucket: int | None = 512
    seconds_per_byte: float = 1.7e-9

    decoding = 0.75

    def __post_init__(self) -> None:
        super().__post_init__()
        check("levels", self.levels, "give the levels other than zero", at_least=1, at_most=1_000_000)
        check("bucket", self.bucket, "give the elements that share a norm, or null for all", at_least=1)

    def message_bytes(self, nbytes: float, part: Part) -> float:
        elements = nbytes / WORD
        norms = 1 if self.bucket is None else math.ceil(elements / self.bucket)
        return float(WORD * norms + math.ceil(elements * (1 + self.levels.bit_length()) / 8))

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        from kernels.compress import QUANTISE

        return Compressor(QUANTISE, [self.levels, self.bucket or 0], key=draw_key(generator))

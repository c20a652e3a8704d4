"""SGD with signs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sim.compressors import WORD
from sim.compressors.compressor import Compressor
from sim.compressors.lossy import Lossy
from sim.problems.part import Part
from sim.tape.vector import Vector, weighted_sum


class Mode(StrEnum):
    """What is done with what a sign leaves out: a vote makes up for it, or it is added to the next gradient."""

    majority_vote = "majority_vote"
    error_feedback = "error_feedback"


@dataclass
class SignSGD(Lossy):
    """signSGD: one bit for each element, with majority vote or error feedback; all-gathered.

    Bits cannot be all-reduced. The one bit of a 0 is that of +. A server answers with the model, not with the 1 bit of
    Bernstein et al.: the optimizer works there.

    Parameters
    ----------
    mode
        The step: majority_vote (the sign that most have) or error_feedback (the mean of |p|_1/d sign(p)). With a vote
        it is along the sign that most of the gradients which are applied together have, and nowhere where as many have
        the other (Bernstein et al. 2018, Algorithm 1). With error feedback |p|_1 / d sign(p) of p = g + e is sent, with
        4 B for the factor (Karimireddy et al. 2019, Algorithm 1).
    seconds_per_byte
        Time to take signs, per byte of the gradient (s/B), >= 0; 0 must be asked for. Measured: one core of an AMD
        EPYC, 34 MB, benchmarks/compression.py; with error feedback it is 2.6e-9. Adding a message up takes a twelfth.
    """

    mode: Mode = Mode.majority_vote
    seconds_per_byte: float = 1.9e-9

    decoding = 0.08

    @property
    def votes(self) -> bool:
        return self.mode is Mode.majority_vote

    @property
    def states(self) -> int:
        return int(self.mode is Mode.error_feedback)

    def message_bytes(self, nbytes: float, part: Part) -> float:
        return float(math.ceil(nbytes / WORD / 8) + WORD * self.states)

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        from kernels.compress import SCALED_SIGN, VOTE

        return Compressor(SCALED_SIGN, [], [zero]) if self.states else Compressor(VOTE, [])

    def aggregate(self, messages: Sequence[Vector]) -> Vector:
        if self.states:
            return super().aggregate(messages)
        from kernels.compress import MAJORITY

        return Compressor(MAJORITY, []).compress(weighted_sum([1.0] * len(messages), messages))

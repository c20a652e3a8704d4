"""No compression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compressors import Compression
from sim.compressors.compressor import Compressor
from sim.problems.part import Part
from sim.tape.vector import Vector


@dataclass
class NoCompression(Compression):
    """Gradients are sent as they are."""

    linear = True

    def message_bytes(self, nbytes: float, part: Part) -> float:
        return nbytes

    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        return None

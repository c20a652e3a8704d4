"""What all compressions that leave something out have in common: making and reading a message takes time."""

from __future__ import annotations

from typing import ClassVar

from sim.compressors import Compression
from sim.problems.part import Part
from topologies.ranges import check


class Lossy(Compression):
    """A compression whose messages take time: to select or quantise at the sender, to decode wherever they are read.

    Attributes
    ----------
    seconds_per_byte
        What making a message takes its sender, for every byte of the gradient that it stands for (s/B), >= 0; a field
        of every such option. The defaults are those of `kernels.compress`, on one core of an AMD EPYC with float32
        gradients of 34 MB (benchmarks/compression.py): 0 is never a default.
    decoding
        What reading a message takes whoever has to add it up, as a share of that (no unit), from the same benchmark.
    """

    seconds_per_byte: float
    decoding: ClassVar[float]

    def __post_init__(self) -> None:
        check("seconds_per_byte", self.seconds_per_byte, "give the s/B, or 0 for no time at all", at_least=0.0)

    def encode_seconds(self, nbytes: float, part: Part) -> float:
        return self.seconds_per_byte * self.worked_on(nbytes, part)

    def decode_seconds(self, nbytes: float, part: Part) -> float:
        return self.decoding * self.encode_seconds(nbytes, part)

    def worked_on(self, nbytes: float, part: Part) -> float:
        """The bytes of a part of a gradient, of `nbytes`, that are not sent as they are (B)."""
        return nbytes

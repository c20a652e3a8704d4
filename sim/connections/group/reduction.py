"""What a group makes of the gradients of its ranks."""

from __future__ import annotations

from collections.abc import Sequence

from sim.compressors import Compression
from sim.compressors.compressor import Compressor
from sim.tape.vector import Vector, join, mean


class Reduction:
    """The mean of all ranks' gradients after compression, bucket by bucket.

    Parameters
    ----------
    compression
        What becomes of a gradient.
    compressors
        For each bucket one of each rank, or one for all where messages are linear; None: gradients are sent as they
        are.
    """

    def __init__(self, compression: Compression, compressors: Sequence[Sequence[Compressor | None]]) -> None:
        self._compression = compression
        self._compressors = compressors

    def __call__(self, gradients: Sequence[Vector]) -> Vector:
        """What every rank takes a step along, of the gradients by rank."""
        if all(compressor is None for bucket in self._compressors for compressor in bucket):
            return mean(gradients)
        if self._compression.linear:
            gradients = [mean(gradients)]
        if len(self._compressors) == 1:
            return self._bucket(self._compressors[0], gradients)
        parts = ([gradient.part(number + 1) for gradient in gradients] for number in range(len(self._compressors)))
        return join([self._bucket(*bucket) for bucket in zip(self._compressors, parts, strict=True)])

    def _bucket(self, compressors: Sequence[Compressor | None], gradients: Sequence[Vector]) -> Vector:
        """What becomes of one bucket of the gradients."""
        pairs = zip(compressors, gradients, strict=True)
        return self._compression.aggregate(
            [gradient if compressor is None else compressor.compress(gradient) for compressor, gradient in pairs]
        )

"""Gradients at one point over several mini-batches, which are taken together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from sim.tape.vector import Gradient, Union, Vector

#: Mini-batches of up to so many samples together are computed as one, where each has fewer than `SMALL`. On the digits
#: perceptron a gradient costs 2.5 us for 1 sample, 4.0 for 8, 12.5 for 32, 49 for 128: much is gained below 8 only.
UNION = 256
SMALL = 8


def unite(vectors: Sequence[Vector]) -> TypeGuard[Sequence[Gradient]]:
    """Whether these are small gradients at one point that nobody has needed by themselves."""
    first = vectors[0]
    return isinstance(first, Gradient) and all(
        isinstance(vector, Gradient)
        and not vector.needed
        and vector.x is first.x
        and vector.batch == first.batch < SMALL
        for vector in vectors
    )


def pieces(gradients: Sequence[Gradient]) -> Iterator[Sequence[Gradient]]:
    """Small gradients in as many as one mini-batch is made of."""
    size = max(1, UNION // gradients[0].batch)
    for first in range(0, len(gradients), size):
        yield gradients[first : first + size]


def portions_of(gradients: Sequence[Vector]) -> list[Gradient]:
    """The portions of the training set that some gradients are of, each itself a portion or a union, by number."""
    portions: list[Gradient] = []
    for gradient in gradients:
        if isinstance(gradient, Union):
            portions += gradient.portions
        else:
            assert isinstance(gradient, Gradient), "only portions unite"
            portions.append(gradient)
    assert len({portion.rank for portion in portions}) == len(portions), "every portion counts once"
    return sorted(portions, key=lambda portion: portion.rank)

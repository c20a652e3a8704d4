"""The models whose gradients are timed, their data, and the one flat layout of parameters that is compared.

Layout: a dense layer is weights (inputs x outputs, row-major), then bias; a convolution is its kernel (height, width,
channels in, channels out), then bias; the pixels of an image go row by row with the channels innermost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Shape = tuple[int, ...]

CLASSES = 10
#: Workers, each with its own parameters and mini-batches; and how many mini-batches each has, used in turn.
WORKERS = 32
BATCHES = 16


@dataclass(frozen=True)
class MLP:
    """Dense ReLU layers of these widths, softmax cross-entropy on top."""

    widths: tuple[int, ...]

    @property
    def inputs(self) -> int:
        """Features of a sample."""
        return self.widths[0]

    @property
    def shapes(self) -> list[Shape]:
        """Weights and biases in order."""
        return [shape for fan_in, fan_out in pairwise(self.widths) for shape in ((fan_in, fan_out), (fan_out,))]

    @property
    def flops(self) -> int:
        """Of one sample: forward, gradients of the weights, and of the inputs of every layer but the first."""
        weights = [fan_in * fan_out for fan_in, fan_out in pairwise(self.widths)]
        return 6 * sum(weights) - 2 * weights[0]


@dataclass(frozen=True)
class CNN:
    """Twice a 3 x 3 convolution with padding, ReLU and 2 x 2 max-pooling, then a dense layer; square grey images."""

    side: int
    channels: tuple[int, int] = (16, 32)

    @property
    def inputs(self) -> int:
        """Pixels of an image."""
        return self.side**2

    @property
    def shapes(self) -> list[Shape]:
        """Kernels or weights, and biases, in order."""
        first, second = self.channels
        dense = (self.side // 4) ** 2 * second
        return [(3, 3, 1, first), (first,), (3, 3, first, second), (second,), (dense, CLASSES), (CLASSES,)]

    @property
    def flops(self) -> int:
        """As of an `MLP`."""
        one, _, two, _, dense, _ = (prod(shape) for shape in self.shapes)
        multiplications = [one * self.side**2, two * (self.side // 2) ** 2, dense]
        return 6 * sum(multiplications) - 2 * multiplications[0]


Model = MLP | CNN

MODELS: dict[str, Model] = {
    "softmax 64-10": MLP((64, 10)),
    "MLP 64-128-64-10": MLP((64, 128, 64, 10)),
    "MLP 784-256-128-10": MLP((784, 256, 128, 10)),
    "CNN 8x8": CNN(8),
    "CNN 28x28": CNN(28),
}


def split(flat: NDArray[np.floating], shapes: list[Shape]) -> list[NDArray[np.floating]]:
    """Views of the last axis of `flat`, one per shape."""
    ends = np.cumsum([prod(shape) for shape in shapes])[:-1]
    return [
        part.reshape(*flat.shape[:-1], *shape) for part, shape in zip(np.split(flat, ends, -1), shapes, strict=True)
    ]


@dataclass
class Case:
    """One row of the benchmark: the same numbers for every contender.

    Attributes
    ----------
    inputs, labels
        float32 [n, features], int64 [n]: the digits for 64 features, random numbers for more.
    parameters
        float32 [WORKERS, d].
    batches
        int64 [BATCHES, WORKERS, batch]: sample numbers.
    """

    model: Model
    inputs: Float32
    labels: Int64
    parameters: Float32
    batches: Int64

    @classmethod
    def make(cls, model: str, batch: int) -> Case:
        """The case of that name and mini-batch."""
        chosen, generator = MODELS[model], np.random.default_rng(0)
        inputs, labels = _samples(chosen.inputs, generator)
        columns = [
            generator.standard_normal((WORKERS, prod(shape))) / np.sqrt(prod(shape[:-1]) if len(shape) > 1 else 100)
            for shape in chosen.shapes
        ]
        parameters = np.concatenate(columns, axis=1, dtype=np.float32, casting="same_kind")
        return cls(chosen, inputs, labels, parameters, generator.integers(len(inputs), size=(BATCHES, WORKERS, batch)))


def _samples(features: int, generator: np.random.Generator) -> tuple[Float32, Int64]:
    if features == 64:
        from sim.problems.data import digits

        train, _ = digits.load()
        return train.inputs.copy(), train.targets.astype(np.int64)
    return generator.random((10_000, features), dtype=np.float32), generator.integers(CLASSES, size=10_000)

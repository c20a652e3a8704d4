"""Convolutional networks."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.problems import Problem, Samples
from sim.problems.data.lock import unlocked
from sim.problems.task import Task
from topologies.field_error import FieldError
from topologies.ranges import check


class Layer(NamedTuple):
    """A layer's window (elements), filters, and how often its filters are applied to an image."""

    window: int
    filters: int
    places: int


@dataclass
class Convolutional(Problem):
    """Convolutions with ReLU, each with 2 x 2 max-pooling, then dense layers and softmax cross-entropy, float32.

    Parameters
    ----------
    channels
        Filters of each convolution (count), >= 1; 2 x 2 max-pooling follows each.
    kernel
        Side of a convolution's window, 3 or 5 (pixels).
    hidden
        Widths of the hidden dense layers (units), each >= 1.
    l2
        Coefficient of the penalty l2/2 |x|^2 (no unit), >= 0.
    """

    metric = "accuracy"
    kinked = True

    channels: list[int] = field(default_factory=lambda: [16, 32])
    kernel: int = 3
    hidden: list[int] = field(default_factory=list)
    l2: float = 0.0

    def __post_init__(self) -> None:
        for filters in self.channels:
            check("channels", filters, at_least=1)
        if self.kernel not in (3, 5):
            raise FieldError("kernel", f"must be 3 or 5, got {self.kernel}")
        for width in self.hidden:
            check("hidden", width, at_least=1)
        check("l2", self.l2, at_least=0.0)

    @property
    @abstractmethod
    def image(self) -> tuple[int, int, int]:
        """Rows, columns and channels of a sample."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Classes."""

    @abstractmethod
    def load(self) -> tuple[Samples, Samples]:
        """Training and test samples: inputs ``[n, rows * columns * channels]`` (NHWC) and class numbers, float32."""

    @property
    def layers(self) -> list[Layer]:
        """Every layer, first to last.

        Raises
        ------
        FieldError
            If there are more convolutions than the image can be halved.
        """
        rows, columns, depth = self.image
        most = min(rows, columns).bit_length() - 1
        if len(self.channels) > most:
            raise FieldError(
                "channels",
                f"{len(self.channels)} convolutions halve the image as often, but one of {rows} x {columns} "
                f"pixels can be halved {most} times; use at most {most}",
            )
        layers = []
        for filters in self.channels:
            rows, columns = rows // 2, columns // 2  # an odd last row or column is dropped: its sums are not needed
            layers.append(Layer(self.kernel**2 * depth, filters, 4 * rows * columns))
            depth = filters
        window = rows * columns * depth
        for width in [*self.hidden, self.outputs]:
            layers.append(Layer(window, width, 1))
            window = width
        return layers

    @property
    def tensors(self) -> list[int]:
        return [rows * columns for rows, columns in self.shapes]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        return [shape for layer in self.layers for shape in ((layer.window, layer.filters), (1, layer.filters))]

    @property
    def flops_per_sample(self) -> float:
        # Forward, each filter multiplies and adds every element of its window (2), at every place of the image; the
        # gradients of weights and inputs cost the same again, but layer one's inputs need none. A window that sticks
        # out of the image is counted whole; pooling and ReLU are not counted.
        products = [layer.window * layer.filters * layer.places for layer in self.layers]
        return float(6 * sum(products) - 2 * products[0])

    @property
    def tensor_flops(self) -> list[float]:
        # Every parameter of a layer is used once at every place, a bias like an element of the window.
        return [
            float(size * layer.places)
            for layer in self.layers
            for size in (layer.window * layer.filters, layer.filters)
        ]

    def task(self, generator: np.random.Generator) -> Task | None:
        from kernels import cnn

        filters = [layer.filters for layer in self.layers]
        convolutions, dense = filters[: len(self.channels)], filters[len(self.channels) :]
        layout = cnn.layout(self.image, [cnn.Convolution(count, self.kernel) for count in convolutions], dense)
        train, test = map(unlocked, self.load())
        return Task(
            initial=cnn.initialise(layout, generator),
            train=train,
            test=test,
            gradient=cnn.gradient,
            evaluate=cnn.evaluate,
            layout=layout,
            settings=np.array([self.l2], np.float64),
            scratch_size=lambda batch: cnn.scratch_size(layout, batch),
        )

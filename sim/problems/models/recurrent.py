"""Recurrent networks, which read a sample step by step."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sim.problems import Problem, Samples
from sim.problems.data.lock import unlocked
from sim.problems.task import Task
from topologies.ranges import check


@dataclass
class Recurrent(Problem):
    """Layers of long short-term memory, then the classes by softmax cross-entropy, float32.

    Parameters
    ----------
    hidden
        Widths of the layers of long short-term memory (units), each >= 1.
    l2
        Coefficient of the penalty l2/2 |x|^2 (no unit), >= 0.
    """

    metric = "accuracy"

    hidden: list[int] = field(default_factory=lambda: [64])
    l2: float = 0.0

    def __post_init__(self) -> None:
        check("hidden", len(self.hidden), at_least=1)
        for width in self.hidden:
            check("hidden", width, at_least=1)
        check("l2", self.l2, at_least=0.0)

    @property
    @abstractmethod
    def sequence(self) -> tuple[int, int]:
        """Steps of a sample, and numbers at each."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Classes."""

    @abstractmethod
    def load(self) -> tuple[Samples, Samples]:
        """Training and test samples: inputs ``[n, steps * numbers]`` and class numbers, float32."""

    @property
    def shapes(self) -> list[tuple[int, int]]:
        widths = [self.sequence[1], *self.hidden]
        layers = [shape for inputs, width in pairwise(widths) for shape in _shapes(inputs, width)]
        return [*layers, (widths[-1], self.outputs), (1, self.outputs)]

    @property
    def tensors(self) -> list[int]:
        return [rows * columns for rows, columns in self.shapes]

    @property
    def flops_per_sample(self) -> float:
        # A product costs 2 per weight forward, 2 for the weights' gradient and 2 for the inputs' at every step, but the
        # first layer's inputs need none; the dense layer works once, and what is done to the gates is not counted.
        (steps, features), last = self.sequence, self.hidden[-1]
        weights = [4 * width * (inputs + width) for inputs, width in pairwise([features, *self.hidden])]
        return float(steps * (6 * sum(weights) - 2 * 4 * self.hidden[0] * features) + 6 * last * self.outputs)

    @property
    def tensor_flops(self) -> list[float]:
        *layers, weights, biases = map(float, self.tensors)
        return [*(self.sequence[0] * size for size in layers), weights, biases]

    def task(self, generator: np.random.Generator) -> Task | None:
        from kernels import lstm

        layout = lstm.layout(*self.sequence, self.outputs, self.hidden)
        train, test = map(unlocked, self.load())
        return Task(
            initial=lstm.initialise(layout, generator),
            train=train,
            test=test,
            gradient=lstm.gradient,
            evaluate=lstm.evaluate,
            layout=layout,
            settings=np.array([self.l2], np.float64),
            scratch_size=lambda batch: lstm.scratch_size(layout, batch),
        )


def _shapes(inputs: int, width: int) -> list[tuple[int, int]]:
    """The tensors of a layer: what is multiplied with inputs, and with its own outputs, and the biases."""
    return [(inputs, 4 * width), (width, 4 * width), (1, 4 * width)]

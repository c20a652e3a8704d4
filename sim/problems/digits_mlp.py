"""Handwritten digits, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sim.problems import Problem, Task
from sim.problems.data import digits
from topologies.ranges import check


@dataclass
class DigitsMLP(Problem):
    """8 x 8 handwritten digits with a ReLU perceptron and softmax cross-entropy, float32.

    Parameters
    ----------
    hidden
        Widths of the hidden layers, each >= 1.
    l2
        Coefficient of the penalty l2/2 |x|^2, >= 0.
    """

    metric = "accuracy"

    hidden: list[int] = field(default_factory=lambda: [128, 64])
    l2: float = 0.0

    def __post_init__(self) -> None:
        for width in self.hidden:
            check("hidden", width, at_least=1)
        check("l2", self.l2, at_least=0.0)

    @property
    def widths(self) -> list[int]:
        """Widths of all layers: inputs, hidden ones, classes."""
        return [digits.FEATURES, *self.hidden, digits.CLASSES]

    @property
    def tensors(self) -> list[int]:
        return [size for inputs, outputs in pairwise(self.widths) for size in (inputs * outputs, outputs)]

    @property
    def flops_per_sample(self) -> float:
        # A product costs 2 per weight forward, 2 for the weights' gradient and 2 for the inputs' but in layer one.
        weights = [inputs * outputs for inputs, outputs in pairwise(self.widths)]
        return float(6 * sum(weights) - 2 * weights[0])

    @property
    def samples(self) -> int | None:
        return digits.TRAIN

    def task(self, generator: np.random.Generator) -> Task | None:
        from kernels import mlp

        layout = np.array(self.widths)
        train, test = digits.load()
        return Task(
            initial=mlp.initialise(layout, generator),
            train=train,
            test=test,
            gradient=mlp.gradient,
            evaluate=mlp.evaluate,
            layout=layout,
            settings=np.array([self.l2]),
            scratch_size=lambda batch: mlp.scratch_size(layout, batch),
        )

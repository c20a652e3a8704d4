"""Multi-layer perceptrons and linear models, for classes and for numbers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

import numpy as np

from sim.problems import Problem, Samples
from sim.problems.data.lock import unlocked
from sim.problems.task import Task
from topologies.ranges import check


@dataclass
class Perceptron(Problem):
    """Dense layers, float32: softmax cross-entropy where the metric is accuracy, half the squared error for RMSE.

    Parameters
    ----------
    hidden
        Widths of the hidden layers (units), each >= 1; []: a linear model.
    l2
        Coefficient of the penalty l2/2 |x|^2 (no unit), >= 0.

    Attributes
    ----------
    activation
        What follows every hidden layer: ``"relu"`` or ``"tanh"``.
    """

    activation: ClassVar[str] = "relu"

    hidden: list[int] = field(default_factory=list)
    l2: float = 0.0

    def __post_init__(self) -> None:
        for width in self.hidden:
            check("hidden", width, at_least=1)
        check("l2", self.l2, at_least=0.0)

    @property
    @abstractmethod
    def features(self) -> int:
        """Numbers in a sample."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Classes; 1 for a regression."""

    @abstractmethod
    def load(self) -> tuple[Samples, Samples]:
        """Training and test samples: inputs ``[n, features]`` and targets ``[n]``, float32."""

    @property
    def widths(self) -> list[int]:
        """Widths of all layers: features, hidden ones, outputs."""
        return [self.features, *self.hidden, self.outputs]

    @property
    def tensors(self) -> list[int]:
        return [rows * columns for rows, columns in self.shapes]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        return [shape for inputs, outputs in pairwise(self.widths) for shape in ((inputs, outputs), (1, outputs))]

    @property
    def flops_per_sample(self) -> float:
        # A product costs 2 per weight forward, 2 for the weights' gradient and 2 for the inputs' but in layer one.
        weights = [inputs * outputs for inputs, outputs in pairwise(self.widths)]
        return float(6 * sum(weights) - 2 * weights[0])

    def task(self, generator: np.random.Generator) -> Task | None:
        from kernels import mlp
        from kernels.tape.operations import MLP_CURVATURE

        layout = np.array(self.widths)
        loss = "squared_error" if self.metric == "rmse" else "cross_entropy"
        train, test = map(unlocked, self.load())
        return Task(
            initial=mlp.initialise(layout, generator),
            train=train,
            test=test,
            gradient=mlp.gradient,
            evaluate=mlp.evaluate,
            layout=layout,
            settings=mlp.settings(self.l2, self.activation, loss),
            scratch_size=lambda batch: mlp.scratch_size(layout, batch),
            curvature=MLP_CURVATURE,
        )

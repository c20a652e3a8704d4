"""Handwritten digits, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems import Samples
from sim.problems.data import digits
from sim.problems.models.perceptron import Perceptron


@dataclass
class DigitsMLP(Perceptron):
    """8 x 8 handwritten digits with a ReLU perceptron and softmax cross-entropy, float32.

    Parameters
    ----------
    hidden
        Widths of the hidden layers, each >= 1.
    l2
        Coefficient of the penalty l2/2 |x|^2, >= 0.
    """

    metric = "accuracy"
    features = digits.FEATURES
    outputs = digits.CLASSES
    samples = digits.TRAIN

    hidden: list[int] = field(default_factory=lambda: [128, 64])

    def load(self) -> tuple[Samples, Samples]:
        return digits.load()

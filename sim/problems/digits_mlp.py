"""Handwritten digits, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems import Samples
from sim.problems.data import digits
from sim.problems.models.labelled import Labelled
from sim.problems.models.perceptron import Perceptron


@dataclass
class DigitsMLP(Labelled, Perceptron):
    """Handwritten digits, multi-layer perceptron (ReLU, softmax cross-entropy, float32).

    8 x 8 images, ten classes.
    """

    metric = "accuracy"
    features = digits.FEATURES
    outputs = digits.CLASSES
    samples = digits.TRAIN

    hidden: list[int] = field(default_factory=lambda: [128, 64])

    def load(self) -> tuple[Samples, Samples]:
        return self.told(digits.load())

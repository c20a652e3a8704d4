"""Handwritten digits, convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems import Samples
from sim.problems.data import digits
from sim.problems.models.convolutional import Convolutional
from sim.problems.models.labelled import Labelled


@dataclass
class DigitsCNN(Labelled, Convolutional):
    """Handwritten digits, convolutional network (ReLU, max-pooling, softmax cross-entropy, float32).

    8 x 8 images; 16 and 32 filters, then the ten classes.
    """

    image = digits.ROWS, digits.COLUMNS, 1
    outputs = digits.CLASSES
    samples = digits.TRAIN

    def load(self) -> tuple[Samples, Samples]:
        return self.told(digits.load())

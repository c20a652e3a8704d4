"""Handwritten digits, recurrent network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems import Samples
from sim.problems.data import digits
from sim.problems.models.labelled import Labelled
from sim.problems.models.recurrent import Recurrent


@dataclass
class DigitsLSTM(Labelled, Recurrent):
    """Handwritten digits, long short-term memory that reads an image row by row (softmax cross-entropy, float32).

    8 rows of 8 pixels.
    """

    sequence = digits.ROWS, digits.COLUMNS
    outputs = digits.CLASSES
    samples = digits.TRAIN

    def load(self) -> tuple[Samples, Samples]:
        return self.told(digits.load())

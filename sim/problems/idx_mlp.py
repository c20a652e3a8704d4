"""Labelled images in idx files, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sim.problems import Samples
from sim.problems.data import idx
from sim.problems.models.perceptron import Perceptron
from topologies.ranges import check


@dataclass
class IdxMLP(Perceptron):
    """The images of a folder (MNIST, EMNIST, ...) with a ReLU perceptron and softmax cross-entropy, float32.

    Parameters
    ----------
    folder
        With the four idx files; see `sim.problems.data.idx`.
    classes
        Labels are 0 to classes - 1; 1 to 256.
    """

    metric = "accuracy"

    folder: str = ""
    classes: int = 10
    hidden: list[int] = field(default_factory=lambda: [256, 128])

    def __post_init__(self) -> None:
        super().__post_init__()
        check("classes", self.classes, at_least=1, at_most=256)

    @cached_property
    def images(self) -> idx.Images:
        """Size of the training set; looked up once, so that a run does not depend on the folder once it has begun."""
        return idx.training_images(self.folder)

    @property
    def features(self) -> int:
        return self.images.rows * self.images.columns

    @property
    def outputs(self) -> int:
        return self.classes

    @property
    def samples(self) -> int | None:
        return self.images.samples

    def load(self) -> tuple[Samples, Samples]:
        return idx.load(self.folder, self.images, self.classes)

"""Labelled images in idx files, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems.models.idx_images import IdxImages
from sim.problems.models.perceptron import Perceptron


@dataclass
class IdxMLP(IdxImages, Perceptron):
    """Folder of idx files such as MNIST, multi-layer perceptron (ReLU, softmax cross-entropy, float32)."""

    metric = "accuracy"

    hidden: list[int] = field(default_factory=lambda: [256, 128])

    @property
    def features(self) -> int:
        return self.images.rows * self.images.columns

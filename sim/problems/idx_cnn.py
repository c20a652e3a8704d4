"""Labelled images in idx files, convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.models.convolutional import Convolutional
from sim.problems.models.idx_images import IdxImages


@dataclass
class IdxCNN(IdxImages, Convolutional):
    """Folder of idx files such as MNIST, convolutional network (ReLU, max-pooling, softmax cross-entropy, float32)."""

    @property
    def image(self) -> tuple[int, int, int]:
        return self.images.rows, self.images.columns, 1

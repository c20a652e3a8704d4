"""Labelled images in idx files, convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.models.convolutional import Convolutional
from sim.problems.models.idx_images import IdxImages


@dataclass
class IdxCNN(IdxImages, Convolutional):
    """The images of a folder (MNIST, EMNIST, ...) with a convolutional network."""

    @property
    def image(self) -> tuple[int, int, int]:
        return self.images.rows, self.images.columns, 1

"""Labelled images in idx files, recurrent network."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems.models.idx_images import IdxImages
from sim.problems.models.recurrent import Recurrent


@dataclass
class IdxLSTM(IdxImages, Recurrent):
    """Folder of idx files such as MNIST, long short-term memory that reads rows (softmax cross-entropy, float32)."""

    hidden: list[int] = field(default_factory=lambda: [128])

    @property
    def sequence(self) -> tuple[int, int]:
        return self.images.rows, self.images.columns

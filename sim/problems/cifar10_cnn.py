"""CIFAR-10, convolutional network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sim.problems import Samples
from sim.problems.data import cifar10
from sim.problems.models.convolutional import Convolutional
from sim.problems.models.labelled import Labelled


@dataclass
class Cifar10CNN(Labelled, Convolutional):
    """CIFAR-10 from its binary batches, convolutional network (ReLU, max-pooling, softmax cross-entropy, float32).

    32 x 32 colour images of animals and vehicles.

    Parameters
    ----------
    folder
        Folder of data_batch_1.bin to data_batch_5.bin and test_batch.bin, or of cifar-10-batches-bin. See
        `sim.problems.data.cifar10`.
    """

    image = cifar10.ROWS, cifar10.COLUMNS, cifar10.CHANNELS
    outputs = cifar10.CLASSES

    folder: str = ""
    channels: list[int] = field(default_factory=lambda: [32, 32, 64])

    @cached_property
    def _samples(self) -> int:
        """Looked up once, so that a run does not depend on the folder once it has begun."""
        return cifar10.training_samples(self.folder)

    @property
    def samples(self) -> int | None:
        return self._samples

    def load(self) -> tuple[Samples, Samples]:
        return self.told(cifar10.load(self.folder, self._samples))

"""Labelled images in a folder of idx files, whatever learns them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.problems import Samples
from sim.problems.data import idx
from sim.problems.models.labelled import Labelled
from topologies.ranges import check


@dataclass
class IdxImages(Labelled):
    """The data of a problem; to be combined with its model, which comes second among the bases.

    Parameters
    ----------
    folder
        Folder of four idx files, plain or .gz: train- and t10k- images-idx3-ubyte and labels-idx1-ubyte. See
        `sim.problems.data.idx`.
    classes
        Number of classes, 1 to 256; labels are 0 to classes - 1.
    """

    folder: str = ""
    classes: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        check("classes", self.classes, at_least=1, at_most=256)

    @cached_property
    def images(self) -> idx.Images:
        """Size of the training set; looked up once, so that a run does not depend on the folder once it has begun."""
        return idx.training_images(self.folder)

    @property
    def outputs(self) -> int:
        """Classes."""
        return self.classes

    @property
    def samples(self) -> int | None:
        return self.images.samples

    def load(self) -> tuple[Samples, Samples]:
        """Training and test samples."""
        return self.told(idx.load(self.folder, self.images, self.classes))

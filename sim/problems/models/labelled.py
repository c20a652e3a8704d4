"""Classes, some of which may be told wrong."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from sim.problems import Problem, Samples
from sim.streams import stream
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Labelled(Problem):
    """The labels of a problem; to be combined with its model, which comes later among the bases.

    Parameters
    ----------
    label_noise
        Share of the training samples that are given another class, drawn at random, 0 to 1. Which ones is part of the
        problem and does not depend on the run's seed; those of a smaller share are among those of a larger.
    """

    label_noise: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check("label_noise", self.label_noise, at_least=0.0, at_most=1.0)
        if self.label_noise > 0.0 and self.outputs < 2:
            raise FieldError("label_noise", f"needs two classes, got {self.outputs}; leave it 0")

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Classes."""

    def told(self, samples: tuple[Samples, Samples]) -> tuple[Samples, Samples]:
        """Training and test samples, those for training with as many wrong classes as there are to be.

        Parameters
        ----------
        samples
            Both as they are.
        """
        train, test = samples
        count = round(self.label_noise * len(train.targets))
        if count == 0:
            return samples
        draws = stream(0, "label noise")
        wrong = draws.permutation(len(train.targets))[:count]
        further = draws.integers(1, self.outputs, len(train.targets))
        targets = train.targets.copy()
        targets[wrong] = (targets[wrong] + further[wrong]) % self.outputs
        return Samples(train.inputs, np.ascontiguousarray(targets)), test

"""Every worker has a part of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.partitions import LocalData, Partition, cut


@dataclass
class Sharded(Partition):
    """Every worker has a part of the training set, all of the same size.

    The training set is shuffled and cut; sizes differ by one at the most.
    """

    replacement: bool = False

    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        cuts = cut(len(targets), workers)
        return LocalData(generator.permutation(len(targets)), cuts[:-1], cuts[1:])

"""Every worker samples everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.partitions import LocalData, Partition


@dataclass
class Shared(Partition):
    """Every worker draws from the whole training set."""

    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        samples = len(targets)
        return LocalData(np.arange(samples), np.zeros(workers, np.int64), np.full(workers, samples))

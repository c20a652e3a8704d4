"""Every worker samples everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.partitions import Partition, Shards


@dataclass
class Shared(Partition):
    """Every worker draws from the whole training set."""

    def shards(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> Shards:
        samples = len(targets)
        return Shards(np.arange(samples), np.zeros(workers, np.int64), np.full(workers, samples))

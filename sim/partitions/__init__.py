"""Which samples a worker draws its mini-batches from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Shards(NamedTuple):
    """Worker r draws from ``order[start[r]:stop[r]]``; all int64."""

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


@dataclass
class Partition(ABC):
    """How the training set is dealt to the workers.

    Parameters
    ----------
    replacement
        True: every sample of a mini-batch is drawn from the whole shard. False: a worker goes through its shard in
        epochs, each in a new random order; a mini-batch may end one epoch and begin the next.
    """

    replacement: bool = True

    @abstractmethod
    def shards(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> Shards:
        """Deal the samples with the given targets ``[n]`` to the workers."""

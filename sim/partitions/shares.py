"""Some workers have more of the data than others."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.partitions import LocalData, Partition, cut
from topologies.field_error import FieldError
from topologies.ranges import check

#: Coefficient of variation of shares that nobody states.
USUAL_CV = 0.5
#: A drawn share below this is as good as none, and all may not be none.
TINY = 1e-300


@dataclass
class Shares(Partition):
    """Every worker has a part of the training set, and these are of different sizes.

    The training set is shuffled and cut; a part is its share of the samples, rounded, and one sample at the least.
    Nobody stops where the own part ends: a worker with half as many samples goes through them twice as often, each time
    in a new order. So a synchronous protocol takes one mini-batch from every worker in every step for as long as the
    run lasts, and the gradients of a small part count for as much as those of a large one. Epochs of a run
    (`until.epochs`) are samples of all workers over the whole training set.

    Parameters
    ----------
    shares
        Relative sizes of the parts (no unit), one for each worker, > 0; empty: drawn.
    cv
        Coefficient of variation of drawn sizes (no unit), 0 to 10; None: 0.5. They are gamma-distributed, and so their
        shares of the whole Dirichlet-distributed.
    """

    shares: list[float] = field(default_factory=list)
    cv: float | None = None
    replacement: bool = False

    def __post_init__(self) -> None:
        for share in self.shares:
            check("shares", share, above=0.0)
        check("cv", self.cv, at_least=0.0, at_most=10.0)
        if self.shares and self.cv is not None:
            raise FieldError("cv", f"is of shares that are drawn, got {self.cv} beside shares; give one of the two")

    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        samples = len(targets)
        cut(samples, workers)  # refuses more workers than samples
        if self.shares and len(self.shares) != workers:
            raise FieldError("shares", f"has {len(self.shares)} of workers={workers}; give one for each worker")
        order = generator.permutation(samples)
        shares = np.array(self.shares) if self.shares else self._draw(workers, generator)
        shares = shares / shares.max()  # whose sum is finite
        sizes = np.diff(np.rint(np.cumsum(shares) / shares.sum() * samples).astype(np.int64), prepend=0)
        for worker in np.flatnonzero(sizes == 0):
            sizes[sizes.argmax()] -= 1
            sizes[worker] = 1
        ends = sizes.cumsum()
        return LocalData(order, ends - sizes, ends)

    def _draw(self, workers: int, generator: np.random.Generator) -> NDArray[np.float64]:
        cv = USUAL_CV if self.cv is None else self.cv
        if cv**2 == 0.0:
            return np.ones(workers)
        return np.maximum(generator.gamma(1.0 / cv**2, size=workers) * cv**2, TINY)

"""Every worker has classes in proportions of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.partitions import LocalData, Partition, check_classes, cut
from topologies.ranges import check

#: Of parameters that are smaller, no shares can be drawn: all would be 0.
TINY = np.finfo(np.float64).tiny


@dataclass
class Dirichlet(Partition):
    """Every worker has classes in random proportions of its own, and as many samples as others.

    Worker by worker, shares q ~ Dir(alpha p) are drawn, where p are the classes' shares of the training set, and then
    as many samples as the worker is due, each of a class from q. A class that has run out is left aside; a worker whose
    classes have all run out draws q anew for those that are left. So every sample has exactly one owner.

    Parameters
    ----------
    alpha
        Concentration (no unit), > 0; small: hardly more than one class each; large: one mixture for all. It is the sum
        of the distribution's parameters: Dir(a, ..., a) over C balanced classes is alpha = C a.

    References
    ----------
    Hsu, Qi, Brown, "Measuring the effects of non-identical data distribution for federated visual classification"
    (2019), section 3.
    """

    by_class = True

    alpha: float = 1.0
    replacement: bool = False

    def __post_init__(self) -> None:
        check("alpha", self.alpha, above=0.0)

    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        classes = check_classes(targets, "dirichlet")
        cuts = cut(len(targets), workers)
        shuffled = generator.permutation(len(targets))
        piles = shuffled[np.argsort(classes[shuffled], kind="stable")]  # class after class
        left = np.bincount(classes)
        top = np.cumsum(left)  # a pile is taken from its top
        parameters = np.maximum(self.alpha * (left / len(targets)), TINY)
        order = []
        for size in np.diff(cuts).tolist():
            taken = _take(size, left, parameters, generator)
            order += [piles[high - count : high] for high, count in zip(top, taken, strict=True)]
            left, top = left - taken, top - taken
        return LocalData(np.concatenate(order), cuts[:-1], cuts[1:])


def _take(
    size: int, left: NDArray[np.int64], parameters: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """How many samples of each class one worker takes, of those that are left."""
    taken = np.zeros_like(left)
    shares = np.zeros(len(left))
    while missing := size - taken.sum():
        shares = np.where(taken < left, shares, 0.0)
        if shares.sum() == 0.0:
            (there,) = np.nonzero(taken < left)
            shares[there] = generator.dirichlet(parameters[there])
        taken = np.minimum(taken + generator.multinomial(missing, shares / shares.sum()), left)
    return taken

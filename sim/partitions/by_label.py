"""Every worker has a few pieces of the data sorted by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.partitions import LocalData, Partition, check_classes, cut
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class ByLabel(Partition):
    """Every worker has a few pieces of the training set sorted by class, and so few classes.

    The pieces, which the paper calls shards, are of equal size; every worker is dealt the same number of them. So a
    worker has samples of few classes: of one to two in each of its pieces if there are fewer classes than pieces.

    Parameters
    ----------
    shards_per_worker
        Pieces that each worker is dealt (count), >= 1.

    References
    ----------
    McMahan, Moore, Ramage, Hampson, Aguera y Arcas, "Communication-efficient learning of deep networks from
    decentralized data" (2017), section 3: 200 shards of 300 images of MNIST, two to each of 100 clients.
    """

    by_class = True

    shards_per_worker: int = 2
    replacement: bool = False

    def __post_init__(self) -> None:
        check("shards_per_worker", self.shards_per_worker, at_least=1)

    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        classes = check_classes(targets, "by_label")
        samples, per_worker = len(targets), self.shards_per_worker
        if workers * per_worker > samples >= workers:
            raise FieldError(
                "partition.shards_per_worker",
                f"{per_worker} for each of {workers} workers are more shards than the "
                f"{samples} samples; use at most {samples // workers}, or fewer workers",
                full=True,
            )
        cut(samples, workers)
        shuffled = generator.permutation(samples)
        pieces = np.split(
            shuffled[np.argsort(classes[shuffled], kind="stable")], cut(samples, workers * per_worker)[1:-1]
        )
        dealt = [pieces[number] for number in generator.permutation(len(pieces))]
        cuts = np.cumsum([0, *map(len, dealt)])[::per_worker]
        return LocalData(np.concatenate(dealt), cuts[:-1].copy(), cuts[1:].copy())

"""Which samples a worker draws its mini-batches from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError


class LocalData(NamedTuple):
    """The samples of every worker: r draws from ``order[start[r]:stop[r]]``.

    All are int64 and contiguous, as the executor takes them.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


@dataclass
class Partition(ABC):
    """How the training set is dealt to the workers.

    Parameters
    ----------
    replacement
        True: samples are drawn independently; False: in epochs, each in a new random order. What is drawn from, or gone
        through, is the worker's local data; a mini-batch may end one epoch and begin the next.

    Attributes
    ----------
    by_class
        Samples are dealt by their class, so the problem must have classes.
    """

    by_class: ClassVar[bool] = False

    replacement: bool = True

    @abstractmethod
    def deal(self, targets: NDArray[np.float32], workers: int, generator: np.random.Generator) -> LocalData:
        """Deal the samples with the given targets ``[n]`` to the workers.

        Raises
        ------
        FieldError
            If a worker would have no sample, or if samples that have no class are to be dealt by it; about the
            full key.
        """


def cut(samples: int, workers: int) -> NDArray[np.int64]:
    """Where a row of samples is cut to give every worker one piece; sizes differ by one at the most.

    Returns
    -------
    int64 [workers + 1]
        Piece r is from cut r to before cut r + 1.

    Raises
    ------
    FieldError
        If there are more workers than samples.
    """
    if workers > samples:
        raise FieldError(
            "workers",
            f"{workers} cannot share {samples} samples; use at most {samples}, or partition=shared",
            full=True,
        )
    return np.arange(workers + 1) * samples // workers


def check_classes(targets: NDArray[np.float32], option: str) -> NDArray[np.int64]:
    """Targets ``[n]`` as class numbers.

    Raises
    ------
    FieldError
        If they are not whole numbers from 0 on: the problem is a regression.
    """
    classes = targets.astype(np.int64)
    if len(targets) and (classes.min() < 0 or np.any(classes != targets)):
        raise FieldError(
            "partition",
            f"{option} deals samples by class, but this problem's targets are numbers (a regression); use "
            "partition=sharded, partition=shared or a problem with classes",
            full=True,
        )
    return classes

"""The portions of a training set, and who computes which of them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.option_name import option_name
from sim.partitions import cut
from sim.partitions.shared import Shared
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from sim.experiment import Experiment

#: Portions that each worker has at least where their number is not given: those of Dean et al. (2012, section 4.2) are
#: "much smaller than 1/Nth" of a batch, so that N workers end at about the same time.
PER_WORKER = 4


class Portion(NamedTuple):
    """A piece of the training set, over which one worker computes the gradient."""

    batch: int  # number of the full batch
    number: int  # of the portion in it
    samples: int
    seconds: float  # mean compute time (s)


class Portioned:
    """A protocol whose steps follow the gradient of the whole training set, computed in portions.

    Attributes
    ----------
    history
        Pairs (s, y) that L-BFGS makes a direction of.
    portions
        Pieces that the training set is cut into, >= 1; None: as many as suit the workers.
    """

    history: int
    portions: int | None


def portion_sizes(experiment: Experiment, portions: int | None) -> list[int]:
    """Samples of every portion: contiguous pieces of the training set whose sizes differ by one at the most.

    Where their number is not given, none is larger than a mini-batch and every worker has `PER_WORKER` at least. Where
    samples are drawn afresh there is no training set: every portion is then a mini-batch.

    Raises
    ------
    FieldError
        If there are more portions than samples, or if not every worker may compute every portion.
    """
    samples, least = experiment.problem.samples, PER_WORKER * experiment.workers
    if not isinstance(experiment.partition, Shared):
        raise FieldError(
            "partition",
            f"{option_name(experiment.partition)} gives every worker samples of its own, but "
            f"protocol={option_name(experiment.protocol)} has any worker compute any portion; use partition=shared",
            full=True,
        )
    if samples is None:
        return [experiment.samples_per_gradient] * (portions or least)
    count = portions or min(samples, max(least, -(-samples // experiment.samples_per_gradient)))
    if count > samples:
        raise FieldError(
            "protocol.portions",
            f"{count} cannot share the {samples} samples of the training set; give at most {samples}, or null",
            full=True,
        )
    sizes: list[int] = np.diff(cut(samples, count)).tolist()
    return sizes


class Backlog:
    """Which portions of a full batch are still to be computed, and by whom.

    Portions are handed out in order; when none is left, those that are outstanding are handed out again: those that
    fewest compute, of these the one that was first handed out longest ago.

    Parameters
    ----------
    portions
        How many, >= 1.
    """

    def __init__(self, portions: int) -> None:
        self._portions = portions
        self._fresh = 0
        self._computing: dict[int, list[int]] = {}
        self._again: list[tuple[int, int]] = []  # a heap of (how many compute it, portion), some of them finished

    @property
    def over(self) -> bool:
        """Every portion has been finished by somebody."""
        return self._fresh == self._portions and not self._computing

    def take(self, rank: int) -> int:
        """A portion for a free worker; not when all is over."""
        if self._fresh < self._portions:
            number = self._fresh
            self._fresh += 1
        else:
            _, number = heappop(self._again)
            while number not in self._computing:
                _, number = heappop(self._again)
        ranks = self._computing.setdefault(number, [])
        ranks.append(rank)
        heappush(self._again, (len(ranks), number))
        return number

    def leave(self, rank: int) -> None:
        """A worker computes nothing any more: what only it was at is nobody's."""
        for number, ranks in self._computing.items():
            if rank in ranks:
                ranks.remove(rank)
                heappush(self._again, (len(ranks), number))

    def reopen(self, number: int) -> None:
        """A portion that was finished has been lost."""
        self._computing[number] = []
        heappush(self._again, (0, number))

    def finish(self, number: int) -> list[int]:
        """Somebody has finished a portion; returns all who were at it."""
        return self._computing.pop(number)

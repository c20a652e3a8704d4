"""How long a gradient takes: the straggler laws multiply its mean compute time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.streams import stream
from topologies.field_error import FieldError

#: Multipliers are drawn in blocks: one NumPy call costs more than a hundred of its numbers.
BLOCK = 256
#: A draw beyond this is a law's whose numbers have overflowed (no unit).
MOST = 1e12


@dataclass
class StragglerLaw:
    """The distribution of compute time, relative to its mean.

    A law whose draws are independent defines `draw`; one that knows its rank or its past overrides `multipliers`; one
    under which workers depend on each other overrides `of_workers`.
    """

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Independent multipliers, float64 ``[count]``, no unit."""
        raise TypeError(f"{type(self).__name__} defines neither draw nor multipliers")

    def mean(self, rank: int) -> float:
        """Mean multiplier of one worker (no unit): 1, but where a law makes somebody slower."""
        return 1.0

    def check(self) -> None:  # most laws are checked when they are made
        """Refuse what only shows when the law is needed, such as a file that cannot be read.

        Raises
        ------
        FieldError
            Which names the field.
        """

    def check_workers(self, workers: int) -> None:  # most laws are the same for any number
        """Refuse, with a FieldError, a rank that the law names and none of so many workers has."""

    def for_samples(self, samples: int) -> StragglerLaw:
        """The law of gradients over so many samples: itself, unless it matters how many they are."""
        return self

    def mean_seconds(self) -> float | None:
        """The mean compute time (s) of a law that knows it; None where workload and device say it."""
        return None

    def remarks(self, workers: int) -> list[str]:
        """What is to be said of the law beside a run's figures, each in one line.

        Parameters
        ----------
        workers
            How many follow it.
        """
        return []

    def of_workers(self, workers: int, seed: int) -> list[Iterator[float]]:
        """The endless sequences of multipliers of all workers, by rank.

        Parameters
        ----------
        workers
            How many there are.
        seed
            The seed of every stream of randomness.
        """
        return [self.multipliers(rank, stream(seed, "compute", rank)) for rank in range(workers)]

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        """The endless sequence of multipliers of one worker: item k belongs to its k-th gradient.

        Parameters
        ----------
        rank
            Number of the worker.
        generator
            The worker's own stream.
        """
        while True:
            drawn = self.draw(generator, BLOCK)
            if not drawn.max(initial=0.0) <= MOST:
                raise FieldError(
                    "straggler",
                    f"a gradient would take {drawn.max():g} times its mean; choose a lighter tail",
                    full=True,
                )
            yield from drawn.tolist()

"""What others do on the network: a share of the links that is taken, and random flows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError
from topologies.routing import Edge

#: Arrivals drawn at a time.
BATCH = 256


class Arrival(NamedTuple):
    """A random flow: when it starts (s), from which host to which, and its size (B)."""

    start: float
    source: int
    target: int
    nbytes: float


@dataclass(frozen=True, kw_only=True)
class Background:
    """Traffic that is not the experiment's.

    It is never waited for: a simulation ends when nothing else is left to happen, whatever is still under way here.

    Parameters
    ----------
    load
        Share of every link's capacity that is taken all the time, in [0, 1); or such shares by directed edge, for a
        shared link by either of its two.
    utilisation
        Random flows come in a Poisson process at the rate at which they would take this share of what all hosts
        together can send, in [0, 1); from a random host to a random other one, with exponential sizes.
    mean_bytes
        Mean size of a random flow (B), > 0.
    generator
        Where the random flows come from; needed with a `utilisation`.

    Raises
    ------
    FieldError
        If a parameter is out of range.
    """

    load: float | Mapping[Edge, float] = 0.0
    utilisation: float = 0.0
    mean_bytes: float = 1e6
    generator: np.random.Generator | None = None

    def __post_init__(self) -> None:
        for load in self.load.values() if isinstance(self.load, Mapping) else [self.load]:
            if not 0.0 <= load < 1.0:
                raise FieldError("load", f"must be in [0, 1), got {load}; give the share of the capacity that is taken")
        if not 0.0 <= self.utilisation < 1.0:
            raise FieldError(
                "utilisation", f"must be in [0, 1), got {self.utilisation}; give the share of what the hosts can send"
            )
        if not 0.0 < self.mean_bytes < math.inf:
            raise FieldError(
                "mean_bytes", f"must be positive and finite, got {self.mean_bytes}; give the mean size in B"
            )
        if self.utilisation > 0.0 and self.generator is None:
            raise FieldError("generator", "random flows need one; give a numpy Generator")

    def taken(self, edges: list[Edge]) -> NDArray[np.float64]:
        """The share that is taken of the capacity of each edge; float64[edges].

        Raises
        ------
        FieldError
            If there is a load on an edge that is not among `edges`.
        """
        if not isinstance(self.load, Mapping):
            return np.full(len(edges), self.load)
        unknown = set(self.load) - set(edges)
        if unknown:
            raise FieldError("load", f"the network has no link {min(unknown, key=str)}; name its links by their ends")
        return np.array([self.load.get(edge, 0.0) for edge in edges])

    def arrivals(self, hosts: list[int], capacity: float, start: float) -> Iterator[list[Arrival]]:
        """Random flows in the order in which they come, without end, in batches; none without a `utilisation`.

        Parameters
        ----------
        hosts
            Between which hosts they are.
        capacity
            What the hosts together can send (B/s), finite.
        start
            When the traffic begins (s).
        """
        if self.utilisation == 0.0 or self.generator is None:
            return
        generator, hosts_of = self.generator, np.array(hosts)
        now, gap = start, self.mean_bytes / (self.utilisation * capacity)
        while True:
            instants = now + generator.exponential(gap, BATCH).cumsum()
            source = generator.integers(len(hosts), size=BATCH)
            further = generator.integers(1, len(hosts), size=BATCH)
            sizes = generator.exponential(self.mean_bytes, BATCH)
            columns = instants, hosts_of[source], hosts_of[(source + further) % len(hosts)], sizes
            yield [Arrival(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
            now = float(instants[-1])

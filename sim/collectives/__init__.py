"""Collective operations: ranks and bytes in, a schedule of sends out; their time emerges from the fabric."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.fabric.schedule import Schedule
from topologies.options import options_in
from topologies.ranges import check

Kind: TypeAlias = Literal["all_reduce", "reduce_scatter", "all_gather", "broadcast"]


@dataclass(eq=False)
class Operation(Schedule):
    """The schedule of one collective operation on a vector, and which part of the vector each send carries.

    The parts do not matter to the fabric; with them one can follow the data through the graph.

    Parameters
    ----------
    kind
        What the operation achieves; see the methods of `Collective`.
    vector : float
        Size of the whole vector (B).
    pieces
        Number of equal pieces that the vector is cut into, >= 1.
    begin, end : int32[n]
        A send carries the pieces ``begin .. end - 1``; a delay node none.
    adds : bool[n]
        Whether the receiver adds what it gets to what it has; else it has nothing there, or what is replaced.
    ports
        Number of sends that a rank has under way at once, or that come in at once if these are more, at the most.
    """

    kind: Kind
    vector: float
    pieces: int
    begin: NDArray[np.int32]
    end: NDArray[np.int32]
    adds: NDArray[np.bool_]
    ports: int


@dataclass
class Collective(ABC):
    """An algorithm for collective operations.

    A rank enters an operation when its own data are ready and leaves when it has its result and has sent what others
    need of it.

    Parameters
    ----------
    reduce_seconds_per_byte
        Time in which a rank adds a byte that it has received (s/B), >= 0. It is the gamma of the alpha-beta-gamma model
        (Thakur, Rabenseifner and Gropp 2005, section 3), and is paid before the sum is used.
    """

    reduce_seconds_per_byte: float = 0.0

    def __post_init__(self) -> None:
        check(
            "reduce_seconds_per_byte",
            self.reduce_seconds_per_byte,
            "give the seconds that adding one received byte takes, or 0",
            at_least=0,
        )

    @abstractmethod
    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Make the schedule by which every rank gets the sum of all ranks' vectors.

        Parameters
        ----------
        ranks
            Number of ranks, >= 1; one rank leaves at once.
        nbytes
            Size of each rank's vector and of the sum (B), finite and >= 0.

        Returns
        -------
        Operation
            The schedule.

        Raises
        ------
        ValueError
            If `ranks` or `nbytes` is out of range, or the algorithm does not fit `ranks`.
        """

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Make the schedule by which every rank gets one of `ranks` equal parts of the sum, each another one.

        Parameters, result and errors as of `all_reduce`; a ValueError also where the algorithm has no such operation.
        """
        raise self._lacks("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Make the schedule by which every rank gets the whole vector, each having the part `reduce_scatter` left.

        Parameters, result and errors as of `all_reduce`; a ValueError also where the algorithm has no such operation.
        """
        raise self._lacks("all_gather")

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """Make the schedule by which every rank gets the vector of rank 0.

        Parameters, result and errors as of `all_reduce`; a ValueError also where the algorithm has no such operation.
        """
        raise self._lacks("broadcast")

    def _lacks(self, kind: Kind) -> ValueError:
        name = type(self).__module__.rpartition(".")[2]
        return ValueError(f"collective: {name} has no {kind}; choose one that has: {', '.join(offering(kind))}")


def offering(kind: Kind) -> list[str]:
    """Names of the collectives that have an operation, in alphabetical order."""
    return [
        name
        for name, option in options_in(__name__, Collective)
        if getattr(option, kind) is not getattr(Collective, kind)
    ]

"""Collective operations: ranks and bytes in, a schedule of sends out; their time emerges from the fabric."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from sim.option_name import option_name
from topologies.field_error import FieldError
from topologies.options import options_in
from topologies.ranges import check

if TYPE_CHECKING:
    from sim.collectives.operations.operation import Kind, Operation
    from sim.collectives.operations.site import Site


class LacksOperationError(FieldError):
    """A collective has no operation of some kind."""


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
    most_tried: ClassVar[int] = sys.maxsize  # ranks up to which `auto` tries it

    def __post_init__(self) -> None:
        check("reduce_seconds_per_byte", self.reduce_seconds_per_byte, "give the seconds per byte, or 0", at_least=0)
        self.site: Site | None = None  # no field: nobody chooses it

    def on(self, site: Site) -> Self:
        """The same algorithm at a site, whose machines it may heed; without one it takes each rank for a machine."""
        there = replace(self)
        there.site = site
        return there

    def choice(self, kind: Kind, ranks: int, nbytes: float) -> Collective:
        """What carries out an operation: the collective itself, unless it chooses among others."""
        return self

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
        FieldError
            If an argument is out of range, or the algorithm does not fit `ranks`; LacksOperationError if it lacks this.
        """

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Like `all_reduce`, but every rank gets one of `ranks` equal parts of the sum, each another one."""
        raise self._lacks("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Like `all_reduce`, but every rank gets the whole vector, each having the part that `reduce_scatter` left."""
        raise self._lacks("all_gather")

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """Like `all_reduce`, but every rank gets the vector of rank 0."""
        raise self._lacks("broadcast")

    def _lacks(self, kind: Kind) -> LacksOperationError:
        said = f"{option_name(self)} has no {kind}; choose one that has: {', '.join(offering(kind))}"
        return LacksOperationError("collective", said, full=True)


def offering(kind: Kind) -> list[str]:
    """Names of the collectives that have an operation, in alphabetical order."""
    return [
        name
        for name, option in options_in(__name__, Collective)
        if getattr(option, kind) is not getattr(Collective, kind)
    ]

"""A schedule under way."""

from __future__ import annotations

from collections.abc import Callable

from sim.fabric.program import Program
from topologies.field_error import FieldError


class Running:
    """A schedule under way; made by `sim.fabric.fabric.Fabric.start`.

    Parameters
    ----------
    program
        What is carried out.
    base
        Number of its first node in the engine.
    release
        Called with the engine's number of an entry node at the instant when its rank enters.
    left
        Called with a rank at the instant when its exit node is done.
    """

    def __init__(
        self, program: Program, base: int, release: Callable[[int], object], left: Callable[[int], object]
    ) -> None:
        self._program = program
        self._base = base
        self._release = release
        self._left = left
        self._outside = set(range(len(program.entry)))

    def enter(self, rank: int) -> None:
        """Release the entry node of `rank` at the present instant.

        Raises
        ------
        FieldError
            If there is no such rank or it has entered before.
        """
        if rank not in self._outside:
            raise FieldError("rank", f"{rank} is not one of the schedule's ranks, or has entered before")
        self._outside.remove(rank)
        self._release(self._base + self._program.entry[rank])

    def withdraw(self) -> None:
        """No rank is told any more; what is in the network still passes through it."""
        self._left = _nobody

    def done(self, node: int) -> None:
        """Tell the ranks whose exit is the engine's `node`."""
        for rank in self._program.leaving[node - self._base]:
            self._left(rank)


def _nobody(rank: int) -> None:
    """Who is told of a schedule that has been withdrawn."""

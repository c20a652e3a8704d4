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
    drop
        Called once, to take the schedule off the network.
    """

    def __init__(
        self,
        program: Program,
        base: int,
        release: Callable[[int], object],
        left: Callable[[int], object],
        drop: Callable[[], object],
    ) -> None:
        self._program = program
        self._base = base
        self._release = release
        self._left = left
        self._drop = drop
        self._withdrawn = False
        self._outside = set(range(len(program.entry)))

    def enter(self, rank: int) -> None:
        """Release the entry node of `rank` at the present instant; nothing happens in a schedule that is withdrawn.

        Raises
        ------
        FieldError
            If there is no such rank or it has entered before.
        """
        if rank not in self._outside:
            raise FieldError("rank", f"{rank} is not one of the schedule's ranks, or has entered before")
        self._outside.remove(rank)
        if not self._withdrawn:
            self._release(self._base + self._program.entry[rank])

    def withdraw(self) -> None:
        """End the schedule at the present instant, with all its flows and delays; ranks that have not left never do.

        What its flows have carried stays counted. A schedule that is over, or withdrawn, stays as it is.
        """
        if not self._withdrawn:
            self._withdrawn = True
            self._drop()

    def done(self, node: int) -> None:
        """Tell the ranks whose exit is the engine's `node`."""
        for rank in self._program.leaving[node - self._base]:
            self._left(rank)

"""What a worker has when a collective is behind it."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sim.optimizers.stepper import Stepper
    from sim.tape.vector import Vector


class Milestone(NamedTuple):
    """What a worker has when a collective is behind it, which all have in common but for what is its own.

    Attributes
    ----------
    number
        How many vectors have been all-reduced.
    x
        The model.
    steps
        How many steps it has taken.
    drawn
        How many mini-batches it has drawn.
    stepper
        The optimizer's state.
    replicated
        What all ranks hold alike beside the model; None: nothing.
    """

    number: int
    x: Vector
    steps: int
    drawn: int
    stepper: Stepper
    replicated: Any

    def kept(self) -> Milestone:
        """The same, of which nothing changes any more."""
        return self._replace(stepper=copy(self.stepper), replicated=copy(self.replicated))

"""A gradient that is computed in segments, between which its worker waits for parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from sim.tape.vector import Vector


class Segmented:
    """The computing of a gradient, as far as its worker has come.

    Parameters
    ----------
    vector
        The gradient.
    seconds
        How long all of it takes (s), without what it waits for.
    begin
        Makes the worker compute for so long (s), for such a vector.
    finished
        Who is told when all of it has been computed.
    """

    def __init__(
        self,
        vector: Vector,
        seconds: float,
        begin: Callable[[float, Vector], simpy.Event],
        finished: Sequence[Callable[[Any], None]],
    ) -> None:
        self.vector = vector
        self._seconds = seconds
        self._begin = begin
        self._finished = finished

    def compute(self, share: float, *, last: bool) -> simpy.Event:
        """Compute so large a share of it, the last one or not; happens when that is done."""
        done = self._begin(share * self._seconds, self.vector)
        if last:
            done.callbacks.extend(self._finished)
        return done

"""A gradient that may be abandoned before it is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    from sim.tape.vector import Vector


class Attempt(simpy.Event):
    """The computing of a gradient; brings the gradient, or None where it has been abandoned.

    Parameters
    ----------
    environment
        The clock.
    seconds
        How long it takes (s).
    make
        Makes the gradient; asked once, when somebody first needs it.
    """

    def __init__(self, environment: simpy.Environment, seconds: float, make: Callable[[], Vector]) -> None:
        super().__init__(environment)
        self.seconds = seconds
        self._make = make
        self._gradient: Vector | None = None

    def take(self) -> Vector | None:
        """The gradient, whose mini-batch counts as used from now on; None where it has been abandoned."""
        if self.triggered:
            taken: Vector | None = self.value
            return taken
        if self._gradient is None:
            self._gradient = self._make()
        return self._gradient

    def finish(self) -> None:
        """It is complete."""
        gradient, self._gradient = self._gradient, None
        self.succeed(self._make() if gradient is None else gradient)

    def abandon(self) -> None:
        """It will never be complete."""
        self._gradient = None
        self.succeed()

"""SimPy's clock, and a network that runs between SimPy's events."""

from __future__ import annotations

import math
from collections.abc import Callable

import simpy

#: An instant (s); looked up faster than an attribute of `math`.
NEVER = math.inf

_step = simpy.Environment.step  # every event comes by here


def _without_network(horizon: float) -> None:
    raise AssertionError(f"nothing is due before {horizon} s")


class Clock(simpy.Environment):
    """SimPy's environment, between whose events a network runs.

    What happens in the network is no SimPy event: none has to be scheduled, sorted in and thrown away when the network
    finds that it comes later. In an instant that both have, the network's turn comes after all of SimPy's events.

    Parameters
    ----------
    initial_time
        When it begins (s).

    Attributes
    ----------
    due : float
        When the network has to run next, at the latest (s), not before the present; infinity: nobody waits for it.
    """

    def __init__(self, initial_time: float = 0) -> None:
        super().__init__(initial_time)
        for name in ("process", "timeout", "event"):  # SimPy binds those of its own class once, others at every use
            setattr(self, name, getattr(self, name))
        self.due = NEVER
        self._run_network: Callable[[float], None] = _without_network

    def drive(self, run: Callable[[float], None]) -> None:
        """Have `run` called when the network is due, with SimPy's next instant (s): up to it it runs, and sets `due`.

        Raises
        ------
        RuntimeError
            If there is a network already.
        """
        if self._run_network is not _without_network:
            raise RuntimeError("this clock has a network already: each would have to wait for the other")
        self._run_network = run

    def reach(self, instant: float) -> None:
        """Let the present be an instant of the network's (s), before SimPy's next event."""
        if instant > self._now:  # not less by rounding
            self._now = instant

    def peek(self) -> float:
        """When something happens next, in the network or of SimPy's (s); infinity: nothing will."""
        return min(super().peek(), self.due)

    def step(self) -> None:
        """Let the network run until SimPy's next event is first, then process that, if there is one."""
        if self.due < NEVER:
            queue, run = self._queue, self._run_network
            while self.due < (horizon := queue[0][0] if queue else NEVER):
                run(horizon)
            if not queue:
                return  # the network's instants were the last
        _step(self)

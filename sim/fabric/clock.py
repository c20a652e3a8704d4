"""SimPy's clock, and a network that runs between SimPy's events."""

from __future__ import annotations

import math
from collections.abc import Callable

import simpy

#: An instant (s); looked up faster than an attribute of `math`.
NEVER = math.inf

_step = simpy.Environment.step  # every event comes by here


def _without_network() -> None:
    raise AssertionError("who has no network expects nothing of it")


class Clock(simpy.Environment):
    """SimPy's environment, between whose events a network runs.

    What happens in the network is no SimPy event: none has to be made, sorted in and taken out again, which would cost
    more than the network itself. In an instant that both have, the network's turn comes after all of SimPy's events.

    Parameters
    ----------
    initial_time
        When it begins (s).
    """

    def __init__(self, initial_time: float = 0) -> None:
        super().__init__(initial_time)
        for name in ("process", "timeout", "event"):  # SimPy binds those of its own class once, others at every use
            setattr(self, name, getattr(self, name))
        self._turns = [(NEVER, NEVER)]  # expected instants, and when the turns are; the next one last
        self._take_turn: Callable[[], None] = _without_network

    def drive(self, take_turn: Callable[[], None]) -> None:
        """Have `take_turn` called at the network's turns: it may run up to what `peek` says.

        Raises
        ------
        RuntimeError
            If there is a network already.
        """
        if self._take_turn is not _without_network:
            raise RuntimeError("this clock has a network already: each would have to wait for the other")
        self._take_turn = take_turn

    def expect(self, instant: float) -> None:
        """Give the network a turn at an instant (s), or before, where it has one: there it can ask again."""
        if instant < self._turns[-1][0]:
            delay = instant - self._now  # and the turn comes after a delay, as every event of SimPy's
            self._turns.append((instant, self._now + delay if delay > 0.0 else self._now))

    def peek(self) -> float:
        """When something happens next, in the network or of SimPy's (s); infinity: nothing will."""
        turn = self._turns[-1][1]
        return min(turn, self._queue[0][0]) if self._queue else turn

    def step(self) -> None:
        """Let the network have its turns until SimPy's next event is first, then process that, if there is one."""
        turns, queue = self._turns, self._queue
        if turns[-1][1] < NEVER:
            while turns[-1][1] < (queue[0][0] if queue else NEVER):
                self._now = turns.pop()[1]
                self._take_turn()
            if not queue:
                return  # the network's turns were the last
        _step(self)

"""SimPy's clock, and a network that runs between SimPy's events."""

from __future__ import annotations

import math
from collections.abc import Callable

import simpy

#: An instant (s); looked up faster than an attribute of `math`.
NEVER = math.inf

_step = simpy.Environment.step  # every event comes by here


def _without_network(horizon: float) -> None:
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
        self._take_turn: Callable[[float], None] = _without_network

    def drive(self, take_turn: Callable[[float], None]) -> None:
        """Have `take_turn` called at the network's turns, with the instant up to which it may run (s), see `peek`.

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
        turn, queue = self._turns[-1][1], self._queue
        return queue[0][0] if queue and queue[0][0] < turn else turn

    def step(self) -> None:
        """Let the network have its turns until SimPy's next event is first, then process that, if there is one."""
        turns, queue = self._turns, self._queue
        turn = turns[-1][1]
        if turn < NEVER:
            while turn < (event := queue[0][0] if queue else NEVER):
                self._now = turn
                turns.pop()
                following = turns[-1][1]
                self._take_turn(event if event < following else following)
                turn = turns[-1][1]
            if not queue:
                return  # the network's turns were the last
        _step(self)

"""The clock as somebody sees it who may die."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from simpy.events import NORMAL, EventPriority

#: Events that are kept before those that have happened are let go.
MANY = 64


class Life:
    """What an environment is to one incarnation of a worker: when it dies, nothing that it has begun has an effect.

    Whatever it waits for still happens on the clock, but nobody is told.

    Parameters
    ----------
    clock
        The run's.
    """

    def __init__(self, clock: simpy.Environment) -> None:
        self._clock = clock
        self._events: list[simpy.Event] = []
        self._processes: list[simpy.Process] = []
        self._many = MANY
        self.over = False

    @property
    def now(self) -> float:
        """The present instant (s)."""
        return self._clock.now

    @property
    def _now(self) -> float:  # as SimPy's own, for who looks there because a property is a call
        return self._clock._now

    def timeout(self, delay: float, value: Any = None) -> simpy.Timeout:
        """As SimPy's."""
        event = self._clock.timeout(delay, value)
        self.keep(event)
        return event

    def event(self) -> simpy.Event:
        """As SimPy's."""
        event = self._clock.event()
        self.keep(event)
        return event

    def process(self, steps: Generator[simpy.Event, Any, Any]) -> simpy.Process:
        """As SimPy's."""
        process = self._clock.process(steps)
        self._processes.append(process)
        return process

    def schedule(self, event: simpy.Event, priority: EventPriority = NORMAL, delay: float = 0.0) -> None:
        """As SimPy's."""
        self._clock.schedule(event, priority, delay)

    def keep(self, event: simpy.Event) -> None:
        """Nobody is told of an event that happens when this life is over."""
        self._events.append(event)
        if len(self._events) > self._many:
            self._events = [each for each in self._events if each.callbacks is not None]
            self._many = 2 * len(self._events) + MANY

    def end(self) -> None:
        """It dies now."""
        self.over = True
        for event in self._events:
            if event.callbacks is not None:
                event.callbacks.clear()
        for process in self._processes:
            _forget(process)
        self._events, self._processes = [], []


def _forget(process: simpy.Process) -> None:
    """A process waits for nothing any more."""
    target = process.target
    if target is not None and target.callbacks is not None and process._resume in target.callbacks:
        target.callbacks.remove(process._resume)

"""SimPy's events on the wall's clock, and the sockets that a process listens to between them."""

from __future__ import annotations

import ctypes
import math
import selectors
import socket
import time
from collections.abc import Callable
from heapq import heappop

import simpy

#: Linux lets a sleep end up to 50 us late, so that others may wake up with it, unless told how much (ns).
_SET_TIMER_SLACK, _SLACK = 29, 1


class WallClock(simpy.Environment):
    """SimPy's environment, whose seconds are those of the wall.

    An event happens when its time has come, or as soon after that as the process gets a core; it is then as late as
    that, so that what it begins takes as long from there. What an event takes to happen is part of the time that its
    followers take: a gradient of 20 ms that is computed in 2 sleeps for 18.

    All processes of a machine have the same clock, so that they can agree on an instant at which all begin.
    """

    def __init__(self) -> None:
        super().__init__()
        self._zero = time.monotonic()
        self._over = False
        # select takes microseconds, where epoll and poll, by which Python would choose, round up to milliseconds.
        self._selector = selectors.SelectSelector()

    @property
    def wall(self) -> float:
        """The wall's time since the beginning (s), which `now` has been at when the present event began to happen."""
        return time.monotonic() - self._zero

    def begin_at(self, instant: float) -> None:
        """Have the beginning at an instant of the machine's monotonic clock (s); until then nothing happens."""
        self._zero = instant
        self._now = 0.0

    def watch(
        self, connection: socket.socket, readable: Callable[[], object], writable: Callable[[], object] | None = None
    ) -> None:
        """Call `readable` when something has come on a connection, and `writable` when there is room for more."""
        events = selectors.EVENT_READ | (0 if writable is None else selectors.EVENT_WRITE)
        watched = connection.fileno() in self._selector.get_map()
        change = self._selector.modify if watched else self._selector.register
        change(connection, events, (readable, writable))

    def forget(self, connection: socket.socket) -> None:
        """Watch a connection no longer."""
        self._selector.unregister(connection)

    def end(self) -> None:
        """Let nothing happen any more after the present event."""
        self._over = True

    def go(self) -> None:
        """Let things happen until the end."""
        ctypes.CDLL(None).prctl(_SET_TIMER_SLACK, _SLACK)
        while not self._over:
            self._now = self.wall
            due = self.peek() - self._now
            if due <= 0.0:
                self.step()
            else:
                self._listen(due)

    def step(self) -> None:
        """Process SimPy's next event, now."""
        _, _, _, event = heappop(self._queue)
        callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # as SimPy marks what is over
        for callback in callbacks:
            callback(event)
        if not event._ok and not event.defused:
            raise event._value

    def _listen(self, seconds: float) -> None:
        """Sleep for so long (s), or until something comes."""
        for key, events in self._selector.select(None if math.isinf(seconds) else seconds):
            readable, writable = key.data
            self._now = self.wall
            if events & selectors.EVENT_WRITE and writable is not None:
                writable()
            if events & selectors.EVENT_READ:
                readable()

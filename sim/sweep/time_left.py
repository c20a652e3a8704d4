"""How much longer something takes, by what is done of it and how long that has taken."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

#: What is done in less (s) says nothing yet of what is to come.
_EARLIEST = 1.0
#: Up to so many of a unit are told in it -> the unit, and how many seconds it has.
_UNITS = ((100, "s", 1.0), (100, "min", 60.0), (math.inf, "h", 3600.0))


class TimeLeft:
    """How much longer something takes.

    What is left is taken to be as fast as what was done since the first word of it: what comes before, such as
    compiling, comes once. What is done again from the start, such as the next stage of several, is measured anew.

    Parameters
    ----------
    clock
        What tells the time (s).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[float, float] | None = None
        self._share, self._at = 0.0, 0.0

    def done(self, share: float) -> None:
        """Hear how much is done, 0 to 1; to hear the same again says nothing."""
        if self._first is not None and share == self._share:
            return
        now = self._clock()
        if self._first is None or share < self._share:
            self._first = share, now
        self._share, self._at = share, now

    @property
    def seconds(self) -> float | None:
        """How much longer (s); None: nobody knows."""
        if self._first is None:
            return None
        share, at = self._first
        done, took = self._share - share, self._at - at
        if took < _EARLIEST or not done or self._share >= 1.0:
            return None
        return max(0.0, took * (1.0 - self._share) / done - (self._clock() - self._at))

    def __str__(self) -> str:
        """How much longer in words, as in ``12 s``; empty: nobody knows."""
        seconds = self.seconds
        if seconds is None:
            return ""
        name, size = next((name, size) for most, name, size in _UNITS if seconds <= most * size)
        return f"{math.ceil(seconds / size)} {name}"


class Pace:
    """How much longer several jobs take, of which one is done after the other.

    Parameters
    ----------
    jobs
        How many are to be done; 0: nobody knows.
    clock
        What tells the time (s).
    """

    def __init__(self, jobs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._jobs, self._done = jobs, 0
        self._left = TimeLeft(clock)
        self._left.done(0.0)

    def spare(self, jobs: int) -> None:
        """Hear that so many jobs need not be done."""
        self._jobs -= jobs

    def step(self) -> None:
        """Hear that one more is done."""
        self._done += 1
        if self._jobs > 0:
            self._left.done(self._done / self._jobs)

    def __str__(self) -> str:
        return str(self._left)

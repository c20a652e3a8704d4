"""How fast every worker computes at every instant, where slow-downs come and go."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator

from sim.faults.incident import Incident, Kind


class Paces:
    """The incidents of a run, of which those that change how fast somebody computes are known ahead.

    What goes wrong does not depend on what is learned, so that it is known beforehand how long a gradient will take
    whose worker becomes slow on the way.

    Parameters
    ----------
    incidents
        In the order of time.
    """

    def __init__(self, incidents: Iterator[Incident]) -> None:
        self._coming = incidents
        self._coming_up: deque[Incident] = deque()
        self._known = 0.0  # s, up to here
        self._since: defaultdict[int, list[float]] = defaultdict(lambda: [-math.inf])
        self._factors: defaultdict[int, list[float]] = defaultdict(lambda: [1.0])

    def incidents(self) -> Iterator[Incident]:
        """What happens, in the order of time, when its time has come."""
        while self._coming_up or self._look():
            yield self._coming_up.popleft()

    def seconds(self, rank: int, begin: float, work: float) -> float:
        """How long worker `rank` takes for `work` seconds of computing that it begins at an instant (s)."""
        now, left = begin, work
        while True:
            factor, change = self._at(rank, now, left)
            if now + left * factor <= change:
                return now + left * factor - begin
            left -= (change - now) / factor
            now = change

    def stretched(
        self, rank: int, seconds: float, multipliers: Iterator[float], now: Callable[[], float]
    ) -> Iterator[float]:
        """Multipliers of a mean gradient (s), with what slow-downs make of them."""
        for multiplier in multipliers:
            begin = now()
            work = seconds * multiplier
            taken = self.seconds(rank, begin, work)
            yield multiplier if taken == work else taken / seconds

    def _at(self, rank: int, now: float, left: float) -> tuple[float, float]:
        """The factor of a worker at an instant, and when it changes next (s): not before it can matter."""
        while True:
            since, factors = self._since[rank], self._factors[rank]
            place = bisect_right(since, now) - 1
            if place + 1 < len(since):
                return factors[place], since[place + 1]
            if self._known > now + left * factors[place] or not self._look():
                return factors[place], math.inf

    def _look(self) -> bool:
        """Look at the next incident, if there is one."""
        incident = next(self._coming, None)
        if incident is None:
            self._known = math.inf
            return False
        self._known = incident.at
        if incident.kind is Kind.pace:
            for rank in incident.who:
                self._since[rank].append(incident.at)
                self._factors[rank].append(incident.value)
        self._coming_up.append(incident)
        return True

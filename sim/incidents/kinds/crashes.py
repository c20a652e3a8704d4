"""Workers or machines that fail, are repaired, or are replaced by spares."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident, Kind
from sim.incidents.kinds.lifetime import Repair, away, to_failure
from sim.streams import stream
from topologies.ranges import check


class Scope(StrEnum):
    """What fails: a worker by itself, or a machine with all that are in it."""

    worker = "worker"
    machine = "machine"


@dataclass
class Crashes:
    """Workers or machines fail by themselves, each at its rate while it works.

    One that has failed is repaired, and back after that; with spares, one of these takes its place after a time to
    switch over, if one is left, and what has been repaired is a spare. Spares do not fail. Whoever takes a place has
    its rank and its place in the network.

    Parameters
    ----------
    rate_per_hour
        Failures of one that works (1/h), >= 0; 0: none.
    repair_seconds
        Mean time from a failure to the end of its repair (s), >= 0.
    repair
        How repair times scatter: exponential or fixed.
    shape
        Shape of the Weibull law of times to failure (no unit), > 0: 1 is exponential, below 1 many fail early.
    spares
        Machines, or workers, that wait to take the place of one that fails, >= 0.
    switch_seconds
        Time until a spare works in its place (s), >= 0.
    scope
        What fails: worker or machine, with all workers in it.
    permanent
        What has failed is never repaired: true or false.
    """

    rate_per_hour: float = 0.0
    repair_seconds: float = 60.0
    repair: Repair = Repair.exponential
    shape: float = 1.0
    spares: int = 0
    switch_seconds: float = 0.0
    scope: Scope = Scope.worker
    permanent: bool = False

    def __post_init__(self) -> None:
        check("crash.rate_per_hour", self.rate_per_hour, "give failures per hour", at_least=0.0, at_most=1e9)
        check("crash.repair_seconds", self.repair_seconds, "give the seconds of a repair", at_least=0.0)
        check("crash.shape", self.shape, "1 is exponential", at_least=0.05, at_most=100.0)
        check("crash.spares", self.spares, at_least=0, at_most=1_000_000)
        check("crash.switch_seconds", self.switch_seconds, at_least=0.0)

    @property
    def active(self) -> bool:
        """Whether anything fails."""
        return self.rate_per_hour > 0.0

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """Who fails and is back when, in the order of time; none without an end."""
        if self.active:
            whole = self.scope is Scope.machine
            units = fleet.machines if whole else [(rank,) for ranks in fleet.machines for rank in ranks]
            yield from _Repairs(self, [tuple(unit) for unit in units], seed).incidents()


class _Repairs:
    """The course of failures and repairs."""

    def __init__(self, law: Crashes, units: Sequence[tuple[int, ...]], seed: int) -> None:
        self._law = law
        self._units = units
        self._failing = [stream(seed, "faults crash", unit[0]) for unit in units]
        self._repairing = [stream(seed, "faults repair", unit[0]) for unit in units]
        self._spares = law.spares
        self._waiting: deque[int] = deque()  # places that wait for a machine, where there are spares
        self._due: list[tuple[float, int, str, int]] = []
        self._number = 0

    def incidents(self) -> Iterator[Incident]:
        for place in range(len(self._units)):
            self._work(0.0, place)
        while self._due:
            at, _, what, place = heappop(self._due)
            if what == "fails":
                returns = self._fail(at, place)
                yield Incident(at, Kind.lost, self._units[place], 0.0 if returns else math.inf)
            elif what == "back":
                self._work(at, place)
                yield Incident(at, Kind.back, self._units[place])
            else:
                self._repaired(at)

    def _push(self, at: float, what: str, place: int) -> None:
        self._number += 1
        heappush(self._due, (at, self._number, what, place))

    def _work(self, now: float, place: int) -> None:
        law = self._law
        self._push(now + to_failure(self._failing[place], law.rate_per_hour, law.shape), "fails", place)

    def _fail(self, now: float, place: int) -> bool:
        """One has failed; whether its place will be taken again."""
        law = self._law
        repaired = math.inf
        if not law.permanent:
            repaired = now + away(self._repairing[place], law.repair_seconds, law.repair)
        if law.spares == 0:
            if repaired < math.inf:
                self._push(repaired, "back", place)
            return repaired < math.inf
        if repaired < math.inf:
            self._push(repaired, "repaired", place)
        if self._spares > 0:
            self._spares -= 1
            self._push(now + law.switch_seconds, "back", place)
            return True
        self._waiting.append(place)
        return repaired < math.inf

    def _repaired(self, now: float) -> None:
        """A machine is repaired: it takes the place that has waited longest, or is a spare."""
        if self._waiting:
            self._push(now + self._law.switch_seconds, "back", self._waiting.popleft())
        else:
            self._spares += 1

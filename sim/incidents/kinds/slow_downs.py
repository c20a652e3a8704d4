"""Workers that are slower for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident, Kind
from sim.incidents.kinds.crashes import Scope
from sim.incidents.kinds.lifetime import Repair, away, to_failure
from sim.streams import stream
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class SlowDowns:
    """Workers or machines compute more slowly for a while, as one that is too hot or shared with others.

    Parameters
    ----------
    rate_per_hour
        Slow-downs of one that is not slow (1/h), >= 0; 0: none.
    factor
        How many times as long a gradient takes meanwhile (ratio), above 1.
    seconds
        Mean length of a slow-down (s), > 0.
    repair
        How lengths scatter: exponential or fixed.
    ranks
        Ranks of the workers that become slow at times; empty: all.
    scope
        What becomes slow: worker or machine, with all workers in it.
    """

    rate_per_hour: float = 0.0
    factor: float = 4.0
    seconds: float = 60.0
    repair: Repair = Repair.exponential
    ranks: list[int] = field(default_factory=list)
    scope: Scope = Scope.worker

    def __post_init__(self) -> None:
        check("slow_down.rate_per_hour", self.rate_per_hour, "give slow-downs per hour", at_least=0.0, at_most=1e9)
        check("slow_down.factor", self.factor, "give how many times as long a gradient takes", above=1.0, at_most=1e6)
        check("slow_down.seconds", self.seconds, "give the length of a slow-down", above=0.0)

    @property
    def active(self) -> bool:
        """Whether anybody becomes slow."""
        return self.rate_per_hour > 0.0

    def check_workers(self, workers: int) -> None:
        """Refuse a rank that none of so many workers has."""
        for rank in self.ranks:
            if not 0 <= rank < workers:
                raise FieldError("slow_down.ranks", f"{rank} is no rank of {workers} workers; give 0 to {workers - 1}")

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """Who is how slow from when on, in the order of time; none without an end."""
        if not self.active:
            return
        whole = self.scope is Scope.machine
        units = fleet.machines if whole else [(rank,) for ranks in fleet.machines for rank in ranks]
        some = [tuple(unit) for unit in units if not self.ranks or set(unit) & set(self.ranks)]
        yield from merge(*(self._of(unit, seed) for unit in some), key=lambda each: each.at)

    def _of(self, unit: tuple[int, ...], seed: int) -> Iterator[Incident]:
        generator, now = stream(seed, "faults slow_down", unit[0]), 0.0
        while True:
            now += to_failure(generator, self.rate_per_hour)
            yield Incident(now, Kind.pace, unit, self.factor)
            now += away(generator, self.seconds, self.repair)
            yield Incident(now, Kind.pace, unit, 1.0)

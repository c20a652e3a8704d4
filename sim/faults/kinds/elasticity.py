"""Workers that join and leave: as a schedule says, as a price allows, or when a provider takes them back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import pairwise

from sim.faults.fleet import Fleet
from sim.faults.incident import Incident, Kind
from sim.faults.kinds.lifetime import Repair, away, to_failure
from sim.faults.kinds.table import number, rows
from sim.streams import stream
from topologies.field_error import FieldError
from topologies.ranges import check

REMEDY = "give a CSV file with the columns seconds and workers, or seconds and price"


@dataclass
class Elasticity:
    """Workers join and leave, and say so: spot instances, or a cluster that is shared.

    The workers of the highest ranks are the first that leave and the last that come. Those that are not `spot` stay.

    Parameters
    ----------
    rate_per_hour
        How often a spot worker is taken back (1/h), >= 0; 0: never.
    seconds
        Mean time until there is another in its place (s), >= 0.
    repair
        How that time scatters: exponential or fixed.
    spot
        How many workers are spot, >= 0; None: all but the first.
    path
        CSV file of a schedule, with the columns seconds and workers (how many there are from then on), or seconds and
        price (1/h); empty: none.
    bid
        Price that is paid at most (1/h), of a file of prices: while it is higher, no spot worker is there, > 0.
    """

    rate_per_hour: float = 0.0
    seconds: float = 600.0
    repair: Repair = Repair.exponential
    spot: int | None = None
    path: str = ""
    bid: float | None = None

    def __post_init__(self) -> None:
        check("elastic.rate_per_hour", self.rate_per_hour, "give interruptions per hour", at_least=0.0, at_most=1e9)
        check("elastic.seconds", self.seconds, at_least=0.0)
        check("elastic.spot", self.spot, "give how many workers may be taken back", at_least=0)
        check("elastic.bid", self.bid, "give a price per hour", above=0.0)
        if self.bid is not None and not self.path:
            raise FieldError("elastic.bid", "is for a file of prices, and there is none; give faults.elastic.path")
        if self.path:
            self._schedule  # noqa: B018  # reads the file

    @property
    def active(self) -> bool:
        """Whether anybody leaves."""
        return self.rate_per_hour > 0.0 or bool(self.path)

    def check_workers(self, workers: int) -> None:
        """Refuse more spot workers than there are."""
        if self.spot is not None and self.spot > workers:
            raise FieldError("elastic.spot", f"{self.spot} of {workers} workers cannot be spot; give at most {workers}")

    def spots(self, workers: int) -> range:
        """Ranks of the spot workers."""
        return range(workers - (workers - 1 if self.spot is None else self.spot), workers)

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """Who leaves and joins when, in the order of time."""
        spots = self.spots(fleet.workers)
        taken = [self._taken_back(rank, seed) for rank in spots] if self.rate_per_hour > 0.0 else []
        yield from merge(self._by_schedule(spots, fleet.workers), *taken, key=lambda each: each.at)

    @cached_property
    def _schedule(self) -> list[tuple[float, float]]:
        """Instants (s), and how many workers there are from then on, or the price."""
        column = "workers" if self.bid is None else "price"
        found = [
            (number("elastic.path", where, row, "seconds", REMEDY), number("elastic.path", where, row, column, REMEDY))
            for where, row in rows("elastic.path", self.path, ("seconds", column), REMEDY)
        ]
        for (before, _), (after, _) in pairwise(found):
            if after <= before:
                raise FieldError(
                    "elastic.path", f"{self.path}: seconds must ascend, got {after:g} after {before:g}; {REMEDY}"
                )
        return found

    def _by_schedule(self, spots: range, workers: int) -> Iterator[Incident]:
        there = workers
        for place, (at, value) in enumerate(self._schedule if self.path else ()):
            wanted = self._wanted(value, spots, workers)
            if wanted < there:
                returns = any(self._wanted(later, spots, workers) > wanted for _, later in self._schedule[place + 1 :])
                yield Incident(at, Kind.leave, tuple(range(wanted, there)), 0.0 if returns else math.inf)
            elif wanted > there:
                yield Incident(at, Kind.join, tuple(range(there, wanted)))
            there = wanted

    def _wanted(self, value: float, spots: range, workers: int) -> int:
        """How many workers there are, of a row of the schedule."""
        if self.bid is not None:
            return spots.start if value > self.bid else workers
        return min(workers, max(spots.start, int(value)))

    def _taken_back(self, rank: int, seed: int) -> Iterator[Incident]:
        generator, now = stream(seed, "faults elastic", rank), 0.0
        while True:
            now += to_failure(generator, self.rate_per_hour)
            yield Incident(now, Kind.leave, (rank,))
            now += away(generator, self.seconds, self.repair)
            yield Incident(now, Kind.join, (rank,))

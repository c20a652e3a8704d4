"""Links that are down, or slower, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident, Kind
from sim.incidents.kinds.lifetime import Repair, away, to_failure
from sim.streams import stream
from topologies.ranges import check
from topologies.routing import Node


@dataclass
class LinkFaults:
    """Links are down, or have lost part of their capacity, for a while.

    Parameters
    ----------
    rate_per_hour
        Faults of one link that is whole (1/h), >= 0; 0: none.
    seconds
        Mean length of a fault (s), > 0.
    repair
        How lengths scatter: exponential or fixed.
    capacity_left
        Share of its capacity that a link has meanwhile, 0 to below 1; 0: it is down, and routes change.
    """

    rate_per_hour: float = 0.0
    seconds: float = 60.0
    repair: Repair = Repair.exponential
    capacity_left: float = 0.0

    def __post_init__(self) -> None:
        check("link.rate_per_hour", self.rate_per_hour, "give faults per hour", at_least=0.0, at_most=1e9)
        check("link.seconds", self.seconds, "give the length of a fault", above=0.0)
        check("link.capacity_left", self.capacity_left, "0: down", at_least=0.0, at_most=0.999999)

    @property
    def active(self) -> bool:
        """Whether any link has faults."""
        return self.rate_per_hour > 0.0

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """Which link has which share of its capacity from when on, in the order of time; none without an end."""
        if self.active:
            links = enumerate(fleet.links)
            yield from merge(*(self._of(number, link, seed) for number, link in links), key=lambda each: each.at)

    def _of(self, number: int, link: tuple[Node, Node], seed: int) -> Iterator[Incident]:
        generator, now = stream(seed, "faults link", number), 0.0
        while True:
            now += to_failure(generator, self.rate_per_hour)
            yield Incident(now, Kind.link, link, self.capacity_left)
            now += away(generator, self.seconds, self.repair)
            yield Incident(now, Kind.link, link, 1.0)

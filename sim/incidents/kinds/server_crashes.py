"""Shards of a parameter server that fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident, Kind
from sim.incidents.kinds.lifetime import Repair, away, to_failure
from sim.streams import stream
from topologies.ranges import check


@dataclass
class ServerCrashes:
    """Shards of the server fail, and are back with the model of their last checkpoint.

    Parameters
    ----------
    rate_per_hour
        Failures of one shard that works (1/h), >= 0; 0: none.
    repair_seconds
        Mean time from a failure until the shard has started again (s), >= 0.
    repair
        How that time scatters: exponential or fixed.
    """

    rate_per_hour: float = 0.0
    repair_seconds: float = 60.0
    repair: Repair = Repair.exponential

    def __post_init__(self) -> None:
        check("server_crash.rate_per_hour", self.rate_per_hour, "give failures per hour", at_least=0.0, at_most=1e9)
        check("server_crash.repair_seconds", self.repair_seconds, "give the seconds of a repair", at_least=0.0)

    @property
    def active(self) -> bool:
        """Whether anything fails."""
        return self.rate_per_hour > 0.0

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """Which shard fails and is back when, in the order of time; none without an end."""
        if self.active:
            yield from merge(*(self._of(shard, seed) for shard in range(fleet.shards)), key=lambda each: each.at)

    def _of(self, shard: int, seed: int) -> Iterator[Incident]:
        generator, now = stream(seed, "faults server_crash", shard), 0.0
        while True:
            now += to_failure(generator, self.rate_per_hour)
            yield Incident(now, Kind.shard_lost, (shard,))
            now += away(generator, self.repair_seconds, self.repair)
            yield Incident(now, Kind.shard_back, (shard,))

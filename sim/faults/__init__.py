"""What goes wrong, and when: machines fail, links go down, people join and leave."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident
from sim.incidents.kinds.crashes import Crashes, Scope
from sim.incidents.kinds.elasticity import Elasticity
from sim.incidents.kinds.lifetime import HOUR
from sim.incidents.kinds.link_faults import LinkFaults
from sim.incidents.kinds.listed import Listed
from sim.incidents.kinds.server_crashes import ServerCrashes
from sim.incidents.kinds.slow_downs import SlowDowns
from sim.incidents.recover import Recover
from topologies.ranges import check

#: The kinds, by their keys.
KINDS = ("crash", "server_crash", "link", "slow_down", "elastic", "file")


@dataclass
class Faults:
    """What goes wrong.

    All kinds can be combined: each is on where its rate is not 0, or its file is given. What a protocol does then is
    its own (docs/protocols.md).

    Parameters
    ----------
    crash
        Workers or machines fail.
    server_crash
        Shards of the server fail.
    link
        Links are down, or slower.
    slow_down
        Workers are slower for a while.
    elastic
        Workers join and leave.
    file
        A list of events with times.
    detection_seconds
        Time until a group of workers knows that one of them has failed, and has formed anew (s), >= 0.
    recover
        What such a group goes on from: survivors or checkpoint, the last one.
    """

    crash: Crashes = field(default_factory=Crashes)
    server_crash: ServerCrashes = field(default_factory=ServerCrashes)
    link: LinkFaults = field(default_factory=LinkFaults)
    slow_down: SlowDowns = field(default_factory=SlowDowns)
    elastic: Elasticity = field(default_factory=Elasticity)
    file: Listed = field(default_factory=Listed)
    detection_seconds: float = 5.0
    recover: Recover = Recover.survivors

    def __post_init__(self) -> None:
        check("detection_seconds", self.detection_seconds, at_least=0.0)

    @property
    def active(self) -> bool:
        """Whether anything goes wrong."""
        return any(getattr(self, kind).active for kind in KINDS)

    @property
    def slows(self) -> bool:
        """Whether anybody may be slower for a while."""
        return self.slow_down.active or self.file.active

    def seconds_between(self, fleet: Fleet) -> float:
        """Mean time between failures of any worker, machine or shard (s); infinite without."""
        crash = len(fleet.machines) if self.crash.scope is Scope.machine else fleet.workers
        spot = len(self.elastic.spots(fleet.workers))
        rate = (
            self.crash.rate_per_hour * crash
            + self.server_crash.rate_per_hour * fleet.shards
            + self.elastic.rate_per_hour * spot
        )
        return HOUR / rate if rate > 0.0 else math.inf

    def check(self, fleet: Fleet) -> None:
        """Refuse what concerns nobody."""
        self.slow_down.check_workers(fleet.workers)
        self.elastic.check_workers(fleet.workers)
        self.file.check(fleet)

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """What happens when, in the order of time; where there are rates, without an end."""
        kinds = (getattr(self, kind).incidents(fleet, seed) for kind in KINDS)
        return merge(*kinds, key=lambda each: each.at)

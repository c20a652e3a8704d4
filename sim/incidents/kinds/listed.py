"""Faults that have been written down: a trace of a cluster, or a case to be tried."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident, Kind
from sim.incidents.kinds.table import number, rows
from topologies.field_error import FieldError
from topologies.routing import Node

#: What may happen, how it begins and how it ends.
EVENTS = {
    "crash": (Kind.lost, Kind.back),
    "leave": (Kind.leave, Kind.join),
    "server_crash": (Kind.shard_lost, Kind.shard_back),
    "slow_down": (Kind.pace, Kind.pace),
    "link": (Kind.link, Kind.link),
}
REMEDY = (
    "give a CSV file with the columns at (s), what (crash, leave, server_crash, slow_down or link), who (a rank, a "
    "shard, or two nodes as 3-17), seconds (empty: for good) and value (factor, or share of the capacity left)"
)


class Event(NamedTuple):
    """A row of such a file."""

    where: str
    at: float
    what: str
    who: str
    seconds: float
    value: float


@dataclass
class Listed:
    """A list of events with times.

    Parameters
    ----------
    path
        CSV file with the columns at (s), what (crash, leave, server_crash, slow_down or link), who (a rank, a shard, or
        two nodes as 3-17), seconds (empty: for good), value (factor of compute times, or share of the capacity left);
        empty: none.
    """

    path: str = ""

    def __post_init__(self) -> None:
        if self.path:
            self.events  # noqa: B018  # reads the file

    @property
    def active(self) -> bool:
        """Whether there is a list."""
        return bool(self.path)

    @cached_property
    def events(self) -> list[Event]:
        """The rows of the file."""
        return [_event(where, row) for where, row in rows("file.path", self.path, ("at", "what", "who"), REMEDY)]

    def check(self, fleet: Fleet) -> None:
        """Refuse what concerns nobody."""
        for event in self.events if self.path else ():
            if event.what == "link":
                if event.who not in _links(fleet):
                    raise FieldError("file.path", f"{event.where}: no link is called {event.who}; {REMEDY}")
                continue
            kind, there = ("shard", fleet.shards) if event.what == "server_crash" else ("worker", fleet.workers)
            if not 0 <= int(event.who) < there:
                raise FieldError("file.path", f"{event.where}: there is no {kind} {event.who}, of {there}; {REMEDY}")

    def incidents(self, fleet: Fleet, seed: int) -> Iterator[Incident]:
        """What happens when, in the order of time."""
        found: list[Incident] = []
        links = _links(fleet) if self.path else {}
        for event in self.events if self.path else ():
            begins, ends = EVENTS[event.what]
            value = event.value
            if begins in (Kind.lost, Kind.leave):
                value = math.inf if event.seconds == math.inf else 0.0
            who = links[event.who] if event.what == "link" else (int(event.who),)
            found.append(Incident(event.at, begins, who, value))
            if event.seconds < math.inf:
                found.append(Incident(event.at + event.seconds, ends, who, 1.0))
        yield from sorted(found, key=lambda each: each.at)


def _event(where: str, row: dict[str, str]) -> Event:
    what, who = row["what"], row["who"]
    if what not in EVENTS:
        raise FieldError("file.path", f"{where}: what must be one of {', '.join(EVENTS)}, got {what!r}; {REMEDY}")
    if what != "link" and not who.isdecimal():
        raise FieldError("file.path", f"{where}: who must be the number of a worker or shard, got {who!r}; {REMEDY}")
    seconds = number("file.path", where, row, "seconds", REMEDY) if row.get("seconds") else math.inf
    value = 0.0 if what == "link" else 4.0
    if row.get("value"):
        value = number("file.path", where, row, "value", REMEDY)
    return Event(where, number("file.path", where, row, "at", REMEDY), what, who, seconds, value)


def _links(fleet: Fleet) -> dict[str, tuple[Node, Node]]:
    """Every link by what it may be called in a file: its two nodes, either first."""
    return {f"{u}-{v}": link for link in fleet.links for u, v in (link, link[::-1])}

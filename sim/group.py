"""All workers in a collective: who has joined, and what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.timeline import SEND, WAIT
from sim.vector import Vector, mean

if TYPE_CHECKING:
    from sim.collectives.operations.bounds import Bounds
    from sim.fabric.fabric import Running
    from sim.fabric.schedule import Schedule
    from sim.world import World


class _Round:
    """One all-reduce: the vectors that ranks have joined with, and the event that each waits for."""

    def __init__(self, ranks: int, now: float) -> None:
        self.first = self.last = now
        self.vectors: dict[int, Vector] = {}
        self.events: dict[int, simpy.Event] = {}
        self.remaining = ranks
        self.mean: Vector | None = None


class Group:
    """Ranks that all-reduce again and again; each joins when it is ready and leaves when its part is done.

    Parameters
    ----------
    world
        What everybody in the run shares.
    schedule
        The sends of a round.
    bounds
        How fast it can be at best on these wires; a round that is faster is an error of the simulator.
    hosts
        Where each rank lives.
    reduce
        What a round makes of the ranks' vectors.
    """

    def __init__(
        self,
        world: World,
        schedule: Schedule,
        bounds: Bounds,
        hosts: Sequence[int],
        reduce: Callable[[Sequence[Vector]], Vector] = mean,
    ) -> None:
        self._environment = world.environment
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._schedule = schedule
        self._bounds = bounds
        self._hosts = hosts
        self._reduce = reduce
        self._rounds_joined = [0] * len(hosts)
        self._open: dict[int, tuple[_Round, Running]] = {}

    def all_reduce(self, rank: int, vector: Vector) -> simpy.Event:
        """Join the rank's next round with `vector`; the event brings the mean over ranks, added up by rank."""
        number = self._rounds_joined[rank]
        self._rounds_joined[rank] += 1
        if number not in self._open:
            begun = _Round(len(self._hosts), self._environment.now)
            left = partial(self._leave, number)
            self._open[number] = begun, self._fabric.start(self._schedule, self._hosts, left)
        current, running = self._open[number]
        current.vectors[rank] = vector
        current.last = self._environment.now
        event = current.events[rank] = self._environment.event()
        self._timeline.switch(rank, WAIT)
        if len(current.vectors) == len(self._hosts):
            current.mean = self._reduce([current.vectors[each] for each in range(len(self._hosts))])
            for each in current.events:
                self._timeline.switch(each, SEND)
        running.enter(rank)
        return event

    def _leave(self, number: int, rank: int) -> None:
        current, _ = self._open[number]
        current.events[rank].succeed(current.mean)
        current.remaining -= 1
        if current.remaining == 0:
            self._bounds.check(current.first, current.last, self._environment.now)
            del self._open[number]


class Member:
    """One rank's part in its group.

    Parameters
    ----------
    group
        All ranks.
    rank
        Which one.
    """

    def __init__(self, group: Group, rank: int) -> None:
        self._group = group
        self._rank = rank

    def all_reduce(self, vector: Vector) -> simpy.Event:
        """Wait for every rank's vector; brings their mean."""
        return self._group.all_reduce(self._rank, vector)

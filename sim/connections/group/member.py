"""One worker's part in collectives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import simpy

from sim.connections.group.exchange import Exchange
from sim.connections.group.group import Group
from sim.measuring.timeline import COMPUTE, WAIT
from sim.tape.vector import Vector
from sim.world.world import World

State = TypeVar("State")


class Departure(NamedTuple):
    """When a part of a gradient may set out.

    Attributes
    ----------
    share
        The share of the gradient's compute time after which that part is complete; ascending to 1.
    encoding
        What the rank has compressed by then, this part the last of it, after all beside the gradient's own time (s).
    """

    share: float
    encoding: float


class Member:
    """One rank of a group: it sends a vector as a row of exchanges, one after the other.

    Parameters
    ----------
    world
        What everybody in the run shares.
    group
        All ranks.
    rank
        Which one; as a rule also its place in the group.
    exchanges
        What carries a whole vector, in order.
    departures
        For each exchange, when its part of a gradient may set out.
    decoding
        What reading all ranks' messages takes, when the last exchange is done (s).
    """

    def __init__(
        self,
        world: World,
        group: Group,
        rank: int,
        exchanges: Sequence[Exchange],
        departures: Sequence[Departure],
        decoding: float,
    ) -> None:
        self.rank = self.place = rank
        self._environment = world.environment
        self._timeline = world.timeline
        self._traffic = world.traffic
        self._group = group
        self._exchanges = exchanges
        self._early = [(number + 1, when) for number, when in enumerate(departures) if when.share < 1.0]
        self._encoding = departures[-1].encoding
        self._decoding = decoding
        self._vectors = 0  # all-reduced so far, the present one among them
        self._ready = self._entered = len(exchanges)  # of the present one
        self._inside = False
        self._computing = False
        self._kind = WAIT
        self._event: simpy.Event | None = None

    @property
    def event(self) -> simpy.Event | None:
        """What brings the result of its present vector."""
        return self._event

    @property
    def vectors(self) -> int:
        """Number of its present vector, from 1."""
        return self._vectors

    def go_on_after(self, vectors: int, place: int) -> None:
        """Begin when so many vectors are behind it, at a place in the group."""
        self._vectors, self.place = vectors, place

    def all_reduce(self, vector: Vector) -> simpy.Event:
        """Wait for every rank's vector; brings their mean, added up by rank."""
        event = self._begin(vector)
        self._encode()
        return event

    def all_reduce_wait_free(self, computing: simpy.Timeout) -> simpy.Event:
        """Like `all_reduce` of the gradient that is being computed, of which each part sets out when it is ready.

        Wait-free backpropagation (Zhang et al. 2017, section 3.1), where the transport overlaps it with communication;
        otherwise everything is ready when the gradient is complete.
        """
        event = self._begin(computing.value)
        self._computing = True
        for count, (share, encoding) in self._early:
            ready = self._environment.timeout(share * computing._delay + encoding)
            ready.callbacks.append(partial(self._part_ready, self._vectors, count))
        computing.callbacks.append(self._computed)
        return event

    def replicate(self, state: State) -> State:
        """What all ranks hold alike, kept once: of the states that they give, which are the same, the first."""
        return self._group.replicate(state)

    def show(self, kind: int) -> None:
        """The rank turns to `kind` of the timeline; while it computes, that is what it does."""
        self._kind = kind
        if not self._computing:
            self._timeline.switch(self.rank, kind)

    def leave(self, mean: Vector | None) -> None:
        """An exchange is done; the last one brings the mean."""
        self._inside = False
        if self._traffic is not None:
            self._traffic.end(self.rank)
        if self._entered < len(self._exchanges):
            self._enter()
        else:
            self._bring(mean)

    def _bring(self, mean: Vector | None) -> None:
        """All has been exchanged: read it, and bring the mean."""
        if self._decoding > 0.0:
            self._timeline.switch(self.rank, COMPUTE)
            read = self._environment.timeout(self._decoding, mean)
            read.callbacks.append(self._read)
        else:
            self._finish(mean)

    def _begin(self, vector: Vector | None) -> simpy.Event:
        self._vectors += 1
        self._vector = vector
        self._ready = self._entered = 0
        self._kind = WAIT
        self._event = event = self._environment.event()
        return event

    def _part_ready(self, vector: int, count: int, event: simpy.Event) -> None:
        """The first `count` parts of a vector are ready, unless rounding has let it be completed before."""
        if vector == self._vectors and count > self._ready:
            self._ready = count
            self._enter()

    def _computed(self, event: simpy.Event) -> None:
        self._encode()

    def _encode(self) -> None:
        """The gradient is complete, and is compressed where it has not been yet: the rank computes on."""
        if self._encoding > 0.0:
            self._computing = True
            self._timeline.switch(self.rank, COMPUTE)
            encoded = self._environment.timeout(self._encoding)
            encoded.callbacks.append(self._encoded)
        else:
            self._complete()

    def _encoded(self, event: simpy.Event) -> None:
        self._complete()

    def _read(self, event: simpy.Event) -> None:
        self._finish(event.value)

    def _finish(self, mean: Vector | None) -> None:
        assert self._event is not None, "it has begun"
        self._event.succeed(mean)

    def _complete(self) -> None:
        """The whole vector is ready, and the rank has nothing else to do."""
        self._computing = False
        self._ready = len(self._exchanges)
        self.show(self._kind)
        self._enter()

    def _enter(self) -> None:
        """Go on with the next part if it is ready and the one before has been all-reduced."""
        if self._inside or self._entered == self._ready:
            return
        exchange, vector = self._exchanges[self._entered], None
        self._entered += 1
        self._inside = True
        if self._traffic is not None:
            self._traffic.begin(self.rank)
        if self._entered == len(self._exchanges):
            vector, self._vector = self._vector, None
        self._group.enter(self, exchange, vector)

"""One worker's part in a group that has the model together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import simpy

from sim.connections.group.exchange import Exchange
from sim.connections.group.group import Group
from sim.connections.group.member import Departure, Member
from sim.connections.group.passes import Passes
from sim.tape.vector import Vector
from sim.world.world import World

if TYPE_CHECKING:
    from sim.world.segmented import Segmented


class Gathering(Member):
    """One rank, whose gradient waits for parameters of others, segment by segment.

    Parameters
    ----------
    world, group, rank
        See `Member`.
    exchanges
        What carries out the operations, in order.
    passes
        What is computed, and which operations come before and after.
    """

    def __init__(self, world: World, group: Group, rank: int, exchanges: Sequence[Exchange], passes: Passes) -> None:
        super().__init__(world, group, rank, exchanges, [Departure(1.0, 0.0)], 0.0)
        self._segments = passes.segments
        after = [due.after for due in passes.dues]
        self._due = [bisect_right(after, computed) for computed in range(len(passes.segments) + 1)]

    def all_reduce_gathering(self, gradient: Segmented) -> simpy.Event:
        """Compute a gradient whose parameters are gathered meanwhile; brings the mean of all ranks', added up by rank.

        Operations set out one after the other, each as soon as its segments have been computed.
        """
        event = self._begin(gradient.vector)
        self._gradient = gradient
        self._computed_segments = self._done = 0
        self._ready = self._due[0]
        self._enter()
        return event

    def leave(self, mean: Vector | None) -> None:
        """An operation is done: the next segment may have waited for it."""
        self._done = self._entered
        self._begin_segment()
        super().leave(mean)

    def _begin_segment(self) -> None:
        """Go on computing if the parameters are there."""
        number = self._computed_segments
        if self._computing or number == len(self._segments) or self._done < self._segments[number].gathered:
            return
        self._computing = True
        last = number == len(self._segments) - 1
        self._gradient.compute(self._segments[number].share, last=last).callbacks.append(self._segment_computed)

    def _segment_computed(self, event: simpy.Event) -> None:
        self._computing = False
        self._computed_segments += 1
        self._ready = self._due[self._computed_segments]
        self._begin_segment()
        if not self._computing:
            self.show(self._kind)
        self._enter()

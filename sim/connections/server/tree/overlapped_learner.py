"""A worker that computes while it communicates."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import simpy

from sim.tape.vector import Vector, join

if TYPE_CHECKING:
    from sim.connections.server.client import Versions
    from sim.connections.server.tree.learner_broadcast import Station
    from sim.world.worker import Worker
    from sim.world.world import World


class OverlappedLearner:
    """Rudra-adv*'s learner (Gupta et al. 2016, section 3): a push thread and a pull thread work beside its computing.

    It takes every gradient at the newest weights that it has. A gradient is pushed while the next is computed; there
    are two buffers, so that it waits only where the one before has not been added up yet.

    Parameters
    ----------
    world
        What everybody in the run shares.
    worker
        Who it is.
    stations
        Where weights come in, of every shard.
    """

    def __init__(self, world: World, worker: Worker, stations: Sequence[Station]) -> None:
        self._timeline = world.timeline
        self._worker = worker
        self._stations = stations

    def steps(self) -> Generator[simpy.Event, Any, None]:
        """What the learner does, for ever."""
        me = self._worker
        x, versions = yield me.server.pull()
        added: simpy.Event | None = None
        while True:
            g = yield me.gradient(x)
            if added is not None and not added.triggered:
                self._timeline.wait(me.rank)
                yield added
            added = me.server.hand_over(g, versions)
            x, versions = self._newest(x, versions)

    def _newest(self, x: Vector, versions: Versions) -> tuple[Vector, Versions]:
        """The newest of every shard's weights: what has come in, or what the learner had."""
        heard = [station.newest for station in self._stations]
        if all(version <= before for (_, version), before in zip(heard, versions, strict=True)):
            return x, versions
        parts = [
            part if version > before else x.part(number)
            for number, ((part, version), before) in enumerate(zip(heard, versions, strict=True), 1)
        ]
        return join(parts), [max(version, before) for (_, version), before in zip(heard, versions, strict=True)]

"""The broadcast of weights among the learners."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import simpy

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.receivers import Receiver, deliver
from sim.connections.server.tree.root import Root

if TYPE_CHECKING:
    from sim.cluster.world import World
    from sim.connections.server.shard import Model, Push


class Source(Root):
    """A shard whose every new version is broadcast among the learners (Rudra-adv*; Gupta et al. 2016, section 3).

    Of several that are made at one instant, as of the gradients of one sum, the last one is.

    Attributes
    ----------
    stations : list of Station
        The learners that it sends weights to, who pass them on.
    """

    stations: Sequence[Station]
    _announcing = False

    def apply(self, pushes: list[Push]) -> None:
        super().apply(pushes)
        if not self._announcing:
            self._announcing = True
            simpy.Timeout(self._world.environment, 0.0).callbacks.append(self._announce)

    def _announce(self, event: simpy.Event) -> None:
        self._announcing = False
        self._among_learners.send((self.x, self.version))

    @cached_property
    def _among_learners(self) -> Broadcast:
        return to_stations(self._world, self.host, self.nbytes, self.stations)


class Station:
    """A learner's place in the broadcast of one shard's weights: it hears the newest, and passes it on.

    Parameters
    ----------
    world
        What everybody in the run shares.
    host
        The learner's.
    nbytes
        Size of the weights (B).
    newest
        The weights to begin with.
    below
        Those that it passes weights on to.
    """

    def __init__(self, world: World, host: int, nbytes: float, newest: Model, below: Sequence[Station]) -> None:
        self.host = host
        self.newest = newest
        self._broadcast = to_stations(world, host, nbytes, below)

    def hear(self, model: Model) -> None:
        """Weights have arrived."""
        self.newest = model
        self._broadcast.send(model)


def to_stations(world: World, host: int, nbytes: float, stations: Sequence[Station]) -> Broadcast:
    """A broadcast to learners that wait for nothing: the newest weights are enough."""
    receivers = [Receiver(station.host, (), station.hear, deliver) for station in stations]
    return Broadcast(world, host, nbytes, receivers, keep=1)


def broadcast_among(world: World, hosts: Sequence[int], source: Source, fan_out: int) -> list[Station]:
    """The stations of all learners by rank, in a tree: the first `fan_out` hear from the shard, the others from them.

    Learner r passes on to learners (r + 1) fan_out to (r + 2) fan_out - 1, of those that there are.
    """
    backwards: list[Station] = []  # from the last rank to the first: a learner knows those that it passes on to
    last = len(hosts) - 1
    for rank in range(last, -1, -1):
        first = (rank + 1) * fan_out
        below = [backwards[last - other] for other in range(first, min(first + fan_out, last + 1))]
        backwards.append(Station(world, hosts[rank], source.nbytes, (source.x, source.version), below))
    source.stations = backwards[: -fan_out - 1 : -1]
    return backwards[::-1]

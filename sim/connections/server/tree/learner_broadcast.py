"""The broadcast of weights among the learners."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import simpy

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.push import Versioned
from sim.connections.server.receivers import Receiver, deliver
from sim.connections.server.tree.root import Root
from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.world.endpoint import Endpoint
    from sim.world.world import World


class Announcer(Root):
    """A shard whose every new version is broadcast among the learners (Rudra-adv*; Gupta et al. 2016, section 3).

    Of several that are made at one instant, as by the gradients of one sum, only the last is sent.

    Attributes
    ----------
    stations : list of Station
        The learners that it sends weights to, who pass them on.
    """

    stations: Sequence[Station]
    _announcing = False

    def adopt(self, x: Vector, staleness: Sequence[int]) -> None:
        super().adopt(x, staleness)
        if not self._announcing:
            self._announcing = True
            simpy.Timeout(self._world.environment, 0.0).callbacks.append(self._announce)

    def _announce(self, event: simpy.Event) -> None:
        self._announcing = False
        self._among_learners.send((self.x, self.version))

    @cached_property
    def _among_learners(self) -> Broadcast:
        return to_stations(self._world, self.endpoint, self.nbytes, self.stations)


class Station:
    """A learner's place in the broadcast of one shard's weights: it hears the newest, and passes it on.

    Parameters
    ----------
    world
        What everybody in the run shares.
    endpoint
        The learner's.
    nbytes
        Size of the weights (B).
    newest
        The weights to begin with.
    below
        Those that it passes weights on to.
    """

    def __init__(
        self, world: World, endpoint: Endpoint, nbytes: float, newest: Versioned, below: Sequence[Station]
    ) -> None:
        self.endpoint = endpoint
        self.newest = newest
        self._broadcast = to_stations(world, endpoint, nbytes, below)

    def hear(self, model: Versioned) -> None:
        """Weights have arrived."""
        self.newest = model
        self._broadcast.send(model)


def to_stations(world: World, endpoint: Endpoint, nbytes: float, stations: Sequence[Station]) -> Broadcast:
    """A broadcast to learners that wait for nothing: the newest weights are enough."""
    receivers = [Receiver(station.endpoint, (), station.hear, deliver) for station in stations]
    return Broadcast(world, endpoint, nbytes, receivers, keep=1)


def broadcast_among(world: World, learners: Sequence[Endpoint], announcer: Announcer, fan_out: int) -> list[Station]:
    """The stations of all learners by rank, in a tree: the first `fan_out` hear from the shard, the others from them.

    Learner r passes on to learners (r + 1) fan_out to (r + 2) fan_out - 1, of those that there are.
    """
    backwards: list[Station] = []  # from the last rank to the first: a learner knows those that it passes on to
    last = len(learners) - 1
    for rank in range(last, -1, -1):
        first = (rank + 1) * fan_out
        below = [backwards[last - other] for other in range(first, min(first + fan_out, last + 1))]
        backwards.append(Station(world, learners[rank], announcer.nbytes, (announcer.x, announcer.version), below))
    announcer.stations = backwards[: -fan_out - 1 : -1]
    return backwards[::-1]

"""A worker's connection to its parent in a tree of centres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.receivers import Receiver, deliver
from sim.tape.vector import Vector, join

if TYPE_CHECKING:
    from sim.connections.centres.centre import Centre
    from sim.connections.server.push import Versioned
    from sim.world.endpoint import Endpoint
    from sim.world.world import World


class Parent:
    """One worker's side of its messages with the centre above it: both tell their model, and nobody answers.

    Parameters
    ----------
    world
        What everybody in the run shares.
    endpoint
        The worker's.
    shards
        The centre.
    child
        Which of its children the worker is.
    period
        The worker's steps from one message to the next, >= 1.
    """

    def __init__(self, world: World, endpoint: Endpoint, shards: Sequence[Centre], child: int, period: int) -> None:
        self._inbox: list[tuple[int, Vector]] = []  # what has arrived from which shard
        self._up: list[Broadcast] = []
        for number, shard in enumerate(shards):
            here = Receiver(endpoint, (), partial(self._hear, number), deliver)
            above = shard.connect(here, period) if endpoint.incarnation == 0 else shard.reconnect(here, child)
            self._up.append(Broadcast(world, endpoint, shard.nbytes, [above], keep=1))

    def send(self, x: Vector) -> None:
        """Tell the parent `x`, beside whatever follows; where the message before is still on its way, after that."""
        for number, up in enumerate(self._up):
            up.send((x if len(self._up) == 1 else x.part(number + 1), 0))

    def heard(self, x: Vector, rule: Callable[[Vector, Vector], Vector]) -> Vector:
        """What becomes of `x` by ``x = rule(x, y)`` for every y that has arrived since this was last asked, in order.

        Of a sharded parent the rule moves the parts one by one, as they have arrived.
        """
        inbox, self._inbox = self._inbox, []
        if len(self._up) == 1:
            for _, y in inbox:
                x = rule(x, y)
            return x
        parts = [x.part(number + 1) for number in range(len(self._up))]
        for number, y in inbox:
            parts[number] = rule(parts[number], y)
        return join(parts)

    def _hear(self, number: int, model: Versioned) -> None:
        self._inbox.append((number, model[0]))

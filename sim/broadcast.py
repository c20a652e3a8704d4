"""How a shard of the server sends its model to every worker, update after update."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.client import Client
    from sim.server import Model, Shard
    from sim.world import World


class Broadcast:
    """One shard's models on their way to everybody.

    A worker is sent one model at a time, so that one with slow wires does not fall behind ever further: when it has
    arrived the newest follows, and what has become older meanwhile is left out. Of a server in shards the newest but
    one may also be needed, by a worker that waits for that version of another shard's part.

    Parameters
    ----------
    world
        What everybody in the run shares.
    shard
        Whose models.
    clients
        The workers' connections, by rank.
    shards
        How many shards the server has.
    """

    def __init__(self, world: World, shard: Shard, clients: Sequence[Client], shards: int) -> None:
        self._timeline = world.timeline
        self._fabric = world.fabric
        self._shard = shard
        self._clients = clients
        self._busy = [False] * len(clients)
        self._next: list[deque[Model]] = [deque(maxlen=min(2, shards)) for _ in clients]

    def send(self, model: Model) -> None:
        """Send a model to every worker, or as soon as the one before has arrived there."""
        for rank, busy in enumerate(self._busy):
            if busy:
                self._next[rank].append(model)
            else:
                self._send(rank, model)

    def _send(self, rank: int, model: Model) -> None:
        self._busy[rank] = True
        self._timeline.depart_beside(rank)
        delivered = partial(self._deliver, rank, model)
        self._fabric.send(self._shard.host, self._clients[rank].host, self._shard.nbytes, delivered)

    def _deliver(self, rank: int, model: Model) -> None:
        self._busy[rank] = False
        if self._next[rank]:
            self._send(rank, self._next[rank].popleft())
        self._clients[rank].hear(self._shard.number, model)

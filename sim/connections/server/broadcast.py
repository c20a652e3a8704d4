"""How models are sent to everybody, update after update."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.cluster.world import World
    from sim.connections.server.receivers import Receiver
    from sim.connections.server.shard import Model


class Broadcast:
    """One shard's models on their way from one host to its receivers.

    A receiver is sent one model at a time, so that one with slow wires does not fall behind ever further: when it has
    arrived the newest follows, and what has become older meanwhile is left out. Of a server in shards the newest but
    one may also be needed, by a worker that waits for that version of another shard's part.

    Parameters
    ----------
    world
        What everybody in the run shares.
    host
        Where the models come from.
    nbytes
        Size of a model (B).
    receivers
        Where they go.
    keep
        How many of the newest models may wait for the one that is on its way.
    """

    def __init__(self, world: World, host: int, nbytes: float, receivers: Sequence[Receiver], keep: int) -> None:
        self._timeline = world.timeline
        self._fabric = world.fabric
        self._host = host
        self._nbytes = nbytes
        self._receivers = receivers
        self._busy = [False] * len(receivers)
        self._next: list[deque[Model]] = [deque(maxlen=keep) for _ in receivers]

    def send(self, model: Model) -> None:
        """Send a model to every receiver, or as soon as the one before has arrived there."""
        for number, busy in enumerate(self._busy):
            if busy:
                self._next[number].append(model)
            else:
                self._send(number, model)

    def _send(self, number: int, model: Model) -> None:
        receiver = self._receivers[number]
        self._busy[number] = True
        for rank in receiver.ranks:
            self._timeline.depart_beside(rank)
        self._fabric.send(self._host, receiver.host, self._nbytes, partial(self._deliver, number, model))

    def _deliver(self, number: int, model: Model) -> None:
        receiver = self._receivers[number]
        self._busy[number] = False
        if self._next[number]:
            self._send(number, self._next[number].popleft())
        for rank in receiver.ranks:
            self._timeline.arrive(rank)
        receiver.hear(model)

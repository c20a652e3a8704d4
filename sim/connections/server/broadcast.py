"""How models are sent to those who have not asked for them, update after update."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.connections.server.push import Versioned
    from sim.connections.server.receivers import Receiver
    from sim.world.endpoint import Endpoint
    from sim.world.world import World


class Broadcast:
    """One shard's models on their way from one host to its receivers.

    A receiver is sent one model at a time, so that one with slow wires does not fall behind ever further: when it has
    arrived the newest follows, and what has become older meanwhile is left out. Of a server in shards the newest but
    one may also be needed, by a worker that waits for that version of another shard's part.

    Parameters
    ----------
    world
        What everybody in the run shares.
    endpoint
        Where the models come from.
    nbytes
        Size of a model (B).
    receivers
        Where they go.
    keep
        How many of the newest models may wait for the one that is on its way.
    """

    def __init__(
        self, world: World, endpoint: Endpoint, nbytes: float, receivers: Sequence[Receiver], keep: int
    ) -> None:
        self._world = world
        self._timeline = world.timeline
        self._endpoint = endpoint
        self._nbytes = nbytes
        self._receivers = receivers
        self._number = {rank: number for number, receiver in enumerate(receivers) for rank in receiver.ranks}
        self._busy = [False] * len(receivers)
        self._next: list[deque[Versioned]] = [deque(maxlen=keep) for _ in receivers]

    def send(self, model: Versioned, ranks: Collection[int] | None = None) -> None:
        """Send a model to every receiver, or as soon as the one before has arrived there.

        Parameters
        ----------
        model
            The model, and its version.
        ranks
            Ranks of the workers that it is for, where that is not all; others behind the same receiver get it, too.
        """
        numbers = range(len(self._receivers)) if ranks is None else sorted({self._number[rank] for rank in ranks})
        for number in numbers:
            if self._busy[number]:
                self._next[number].append(model)
            else:
                self._send(number, model)

    def renew(self, number: int) -> None:
        """A receiver is another one: what was on its way to the one before has been lost with that."""
        self._busy[number] = False
        self._next[number].clear()

    def _send(self, number: int, model: Versioned) -> None:
        receiver = self._receivers[number]
        self._busy[number] = True
        for rank in receiver.ranks:
            self._timeline.depart_beside(rank)
        self._world.send(self._endpoint, receiver.endpoint, self._nbytes, None, self._deliver, number, model)

    def _deliver(self, number: int, model: Versioned) -> None:
        """A model has arrived; the next one sets out before its accounts are closed: there is no gap between them."""
        receiver = self._receivers[number]
        self._busy[number] = False
        if self._next[number]:
            self._send(number, self._next[number].popleft())
        for rank in receiver.ranks:
            self._timeline.arrive(rank)
        receiver.hear(model)

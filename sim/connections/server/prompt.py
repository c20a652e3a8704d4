"""A parameter server that answers at the instant at which it is asked, and a worker's connection to it.

Where messages take no time, and neither does what the server does with a push, the answer is there when the gradient is
complete: the clock needs no event for it, the computing brings it. There is one shard, and gradients are sent whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import simpy

from sim.connections.server.client import Versions
from sim.connections.server.push import Push, Versioned
from sim.connections.server.shard import Shard
from sim.connections.server.single import SingleClient
from sim.tape.vector import Vector


class PromptShard(Shard):
    """The shard of such a server."""

    def take(self, push: Push) -> None:
        """A gradient is sent and has arrived; it need not queue."""
        self._world.fabric.bytes_sent += self.push_nbytes
        self.cores.queue.served += 1
        self.receive(push)

    def reply(self, push: Push) -> None:
        """As `Shard.reply`."""
        if push.answer is not None:
            self._world.fabric.bytes_sent += self.nbytes
            push.answer((self.x, self.version))


class PromptClient(SingleClient):
    """One worker's side of its messages with such a server."""

    _shards: Sequence[PromptShard]
    _answer: tuple[Vector, Versions] | None = None

    def push_pull_wait_free(
        self, computing: simpy.Timeout, versions: Versions, gradient: Vector | None = None
    ) -> simpy.Event:
        """As `Client.push_pull_wait_free`."""
        assert gradient is None, "gradients are added up where not every push is answered"
        self._versions = versions
        computing.callbacks.append(self._exchange)
        return computing

    def _exchange(self, computing: simpy.Timeout) -> None:
        """A gradient is complete, and its place is taken by the answer to it."""
        self._timeline.wait(self._rank)
        push = Push(self._rank, self._endpoint, computing._value, self._versions[0], self._take_at_once)
        self._answer = computing._value = None
        self._shards[0].take(push)
        if self._answer is None:
            raise RuntimeError("a push is not answered at once, though the protocol says so: see `answers_at_once`")
        computing._value = self._answer
        self._worker.spare = computing

    def _take_at_once(self, model: Versioned) -> None:
        x, version = model
        self._answer = x, [version]

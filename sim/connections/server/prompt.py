"""A worker's connection to a parameter server that answers at the instant at which it is asked."""

from __future__ import annotations

from typing import Any

import simpy

from sim.connections.server.client import Client, Versions
from sim.connections.server.push import Push, Versioned
from sim.tape.vector import Vector


class PromptClient(Client):
    """A worker's side of its messages with a server of one shard, where none of them takes time, and no push waits.

    The answer is there when the gradient is complete: the clock needs no event for it, the computing brings it.

    Parameters
    ----------
    arguments
        See `Client`; gradients are sent whole, as they are.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        (self._shard,) = self._shards
        self._versions: Versions = []
        self._answer: tuple[Vector, Versions] | None = None

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
        shard, rank, here = self._shard, self._rank, self._endpoint
        push = Push(rank, here, computing._value, self._versions[0], self._answered)
        self._answer = computing._value = None
        self._send(here, shard.endpoint, shard.push_nbytes, rank, shard.push, push)
        assert self._answer is not None, "the protocol answers every push at once, as it says"
        computing._value = self._answer
        self._worker.spare = computing

    def _answered(self, model: Versioned) -> None:
        x, version = model
        self._answer = x, [version]

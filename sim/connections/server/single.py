"""A worker's connection to a parameter server of one shard, which is sent gradients whole."""

from __future__ import annotations

from functools import cached_property

import simpy

from sim.connections.server.client import Client, Versions
from sim.connections.server.push import Push, Versioned
from sim.connections.server.reply import Reply
from sim.tape.vector import Vector


class SingleClient(Client):
    """One worker's side of its messages with the one shard of a server, or with the aggregator that stands for it.

    Gradients are sent when they are complete, as they are. What the request under way is about is kept here, so that no
    callback has to be made for it: most runs have this connection, and most of their time here.
    """

    _reply: simpy.Event  # to the request under way
    _versions: Versions  # at which the gradient is taken that is being computed
    _gradient: Vector | None = None  # what is sent instead of that one

    def push_pull_wait_free(
        self, computing: simpy.Timeout, versions: Versions, gradient: Vector | None = None
    ) -> simpy.Event:
        """As `Client.push_pull_wait_free`."""
        self._versions, self._gradient = versions, gradient
        computing.callbacks.append(self._complete)
        self._reply = reply = Reply(self._environment) if self._afar else self._environment.event()
        return reply

    @cached_property
    def _afar(self) -> bool:
        """Whether it is the network that brings the answers: else they are there while the server still serves."""
        return not self._world.fabric.ideal and self._shards[0].endpoint.host != self._endpoint.host

    def _complete(self, computing: simpy.Timeout) -> None:
        """A gradient is complete, and asks for an answer."""
        g = computing._value if self._gradient is None else self._gradient
        computing._value = self._gradient = None  # its memory is better used again when the server has added it up
        self._worker.spare = computing
        self._ask(self._reply, g, self._versions)

    def _ask(self, reply: simpy.Event, g: Vector, versions: Versions) -> None:
        self._reply, shard, rank, here = reply, self._shards[0], self._rank, self._endpoint
        push = Push(rank, here, g, versions[0], self._answered)
        self._send(here, shard.endpoint, shard.push_nbytes, rank, shard.push, push)

    def _answered(self, model: Versioned) -> None:
        x, version = model
        self._reply.succeed((x, [version]))

"""A worker's connection to the parameter server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.connections.server.push import Push, Versioned
from sim.connections.server.receivers import Receiver, deliver
from sim.tape.vector import Vector, join
from sim.world.endpoint import Endpoint
from sim.world.world import World

if TYPE_CHECKING:
    from sim.compressors.compressor import Compressor
    from sim.connections.server.shard import Shard
    from sim.connections.server.tree.aggregator import Aggregator

#: The version of every shard's part of a model.
Versions = list[int]


class Client:
    """One worker's side of its messages with every shard of the server.

    One request is under way at a time. Beside it one gradient may be on its way that will not be answered, and models
    that the server sends to everybody.

    Parameters
    ----------
    world
        What everybody in the run shares.
    rank, endpoint
        Which worker, and where it lives.
    shards
        The server; behind aggregators, those that stand for its shards.
    compressors
        Of the gradients for each shard; None: they are sent as they are.
    """

    def __init__(
        self,
        world: World,
        rank: int,
        endpoint: Endpoint,
        shards: Sequence[Shard | Aggregator],
        compressors: Sequence[Compressor | None],
    ) -> None:
        self._environment = world.environment
        self._send = world.send
        self._timeline = world.timeline
        self._rank = rank
        self._endpoint = endpoint
        self._shards = shards
        self._compressors = compressors
        self._plain = list(compressors) == [None]  # gradients are sent whole, as they are
        self._pushed: simpy.Event | None = None  # of the last push for no answer: it is done
        self._parts: dict[int, dict[int, Vector]] = {}  # of models sent to everybody, by version and shard
        self._latest: tuple[Vector, Versions] | None = None  # the last such model that is complete
        self._newer: simpy.Event | None = None
        self._older = 0  # the version that this event is to be newer than
        for number, shard in enumerate(shards):
            shard.receivers.append(Receiver(endpoint, (rank,), partial(self.hear, number), deliver))

    def pull(self, version: int = 0) -> simpy.Event:
        """Ask every shard of the server for its part, `version` or a later one; brings (model, versions)."""
        reply = self._environment.event()
        answers: dict[int, Versioned] = {}
        rank, here = self._rank, self._endpoint
        for number, shard in enumerate(self._shards):
            answer = partial(self._take, reply, answers, number)
            self._send(here, shard.endpoint, 0.0, rank, shard.pull, rank, here, answer, version)
        return reply

    def push_pull(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient that was taken at some versions; brings the (model, versions) it answers with."""
        reply = self._environment.event()
        answers: dict[int, Versioned] = {}
        rank, here = self._rank, self._endpoint
        for number, shard in enumerate(self._shards):
            answer = partial(self._take, reply, answers, number)
            message = g if self._plain else self._message(g, number)
            push = Push(rank, here, message, versions[number], answer)
            self._send(here, shard.endpoint, shard.push_nbytes, rank, shard.push, push)
        return reply

    def exchange(self, x: Vector) -> simpy.Event:
        """Send the server a vector that was taken at no version; brings the (model, versions) it answers with."""
        return self.push_pull(x, [0] * len(self._shards))

    def push(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient that was taken at some versions, for no answer; happens when it has arrived."""
        return self._push(g, versions, self._deliver)

    def hand_over(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient, for no answer; happens when it has been added up there."""
        return self._push(g, versions, self._hand_over)

    def sent(self) -> simpy.Event:
        """Wait until the last push for no answer is done, at once where it is: then the next one may set out."""
        if self._pushed is None or self._pushed.triggered:
            return self._environment.event().succeed()
        self._timeline.wait(self._rank)
        return self._pushed

    def newer(self, versions: Versions) -> simpy.Event:
        """Wait for a model newer than `versions` that the server sends to everybody; brings the last (model, versions).

        Its parts are of one version: it is there when every shard has sent that version.
        """
        self._newer, self._older = self._environment.event(), min(versions)
        event = self._newer
        self._offer()
        return event

    def hear(self, number: int, model: Versioned) -> None:
        """A shard's part of a model sent to everybody has arrived."""
        x, version = model
        parts = self._parts.setdefault(version, {})
        parts[number] = x
        if len(parts) == len(self._shards):
            self._parts = {later: those for later, those in self._parts.items() if later > version}
            self._latest = join([parts[each] for each in range(len(parts))]), [version] * len(parts)
            self._offer()

    def _message(self, g: Vector, number: int) -> Vector:
        """What a shard gets of a gradient: its part, or what becomes of that by compression."""
        part = g if len(self._shards) == 1 else g.part(number + 1)
        compressor = self._compressors[number]
        return part if compressor is None else compressor.compress(part)

    def _offer(self) -> None:
        if self._newer is not None and self._latest is not None and self._latest[1][0] > self._older:
            event, self._newer = self._newer, None
            event.succeed(self._latest)

    def _push(
        self, g: Vector, versions: Versions, deliver: Callable[[int, Push, Callable[[], object]], object]
    ) -> simpy.Event:
        """Send every shard its part; happens when what `deliver` is given has been called for all of them."""
        if self._pushed is not None and not self._pushed.triggered:
            raise RuntimeError("me.server: the push before is still under way; `yield me.server.sent()` first")
        done = self._pushed = self._environment.event()
        parts = set(range(len(self._shards)))
        for number, shard in enumerate(self._shards):
            push = Push(self._rank, self._endpoint, self._message(g, number), versions[number], None)
            finished = partial(_finish, done, parts, number)
            self._send(self._endpoint, shard.endpoint, shard.push_nbytes, self._rank, deliver, number, push, finished)
        return done

    def _deliver(self, number: int, push: Push, arrived: Callable[[], object]) -> None:
        self._shards[number].push(push)
        arrived()

    def _hand_over(self, number: int, push: Push, added: Callable[[], object]) -> None:
        self._shards[number].gather([push], added)

    def _take(self, reply: simpy.Event, answers: dict[int, Versioned], number: int, model: Versioned) -> None:
        """A shard has answered: `reply` is due when all have."""
        if len(self._shards) == 1:  # the same as below, for the loop that runs most often
            x, version = model
            reply.succeed((x, [version]))
            return
        answers[number] = model
        if len(answers) == len(self._shards):
            models = [answers[each] for each in range(len(answers))]
            reply.succeed((join([x for x, _ in models]), [version for _, version in models]))


def _finish(done: simpy.Event, parts: set[int], number: int) -> None:
    """One part is done: `done` happens when all are."""
    parts.remove(number)
    if not parts:
        done.succeed()

"""A worker's connection to the parameter server."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import simpy

from sim.compressor import Compressor
from sim.server import Model, Push, Shard
from sim.vector import Vector, join
from sim.world import World

#: The version of every shard's part of a model.
Versions = list[int]


class Client:
    """One worker's side of its messages with every shard of the server; one request is under way at a time.

    Parameters
    ----------
    world
        What everybody in the run shares.
    rank, host
        Which worker, and where it lives.
    shards
        The server.
    compressors
        Of the gradients for each shard; None: they are sent as they are.
    """

    def __init__(
        self, world: World, rank: int, host: int, shards: list[Shard], compressors: Sequence[Compressor | None]
    ) -> None:
        self._environment = world.environment
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._rank = rank
        self._host = host
        self._shards = shards
        self._compressors = compressors

    def pull(self) -> simpy.Event:
        """Ask every shard of the server for its part; brings (model, versions)."""
        reply = self._environment.event()
        answers: dict[int, Model] = {}
        for number, shard in enumerate(self._shards):
            self._timeline.depart(self._rank)
            asked = partial(shard.pull, self._rank, partial(self._take, reply, answers, number))
            self._fabric.send(self._host, shard.host, 0.0, asked)
        return reply

    def push_pull(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient that was taken at some versions; brings the (model, versions) it answers with."""
        reply = self._environment.event()
        answers: dict[int, Model] = {}
        whole = len(self._shards) == 1
        for number, shard in enumerate(self._shards):
            self._timeline.depart(self._rank)
            answer = partial(self._take, reply, answers, number)
            part = g if whole else g.part(number + 1)
            compressor = self._compressors[number]
            if compressor is not None:
                part = compressor.compress(part)
            push = Push(self._rank, part, versions[number], answer)
            self._fabric.send(self._host, shard.host, shard.push_nbytes, partial(shard.push, push))
        return reply

    def _take(self, reply: simpy.Event, answers: dict[int, Model], number: int, model: Model) -> None:
        """A shard has answered: `reply` is due when all have."""
        self._timeline.arrive(self._rank)
        if len(self._shards) == 1:  # the same as below, for the loop that runs most often
            x, version = model
            reply.succeed((x, [version]))
            return
        answers[number] = model
        if len(answers) == len(self._shards):
            models = [answers[each] for each in range(len(answers))]
            reply.succeed((join([x for x, _ in models]), [version for _, version in models]))

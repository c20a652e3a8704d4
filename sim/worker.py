"""The verbs that protocols are written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.mailbox import Mailbox
from sim.server import Model, Push, Shard
from sim.timeline import COMPUTE, SEND, WAIT, Timeline
from sim.vector import Vector, join, weighted_sum

if TYPE_CHECKING:
    from sim.fabric.fabric import Fabric
    from sim.group import Group
    from sim.optimizers import Stepper
    from sim.recorder import Recorder

#: The version of every shard's part of a model.
Versions = list[int]


class Worker:
    """One worker; `me` in a protocol.

    A verb that takes time returns a SimPy event to be yielded; its value is what the verb brings. A worker has one verb
    under way at a time, apart from `share`.

    Parameters
    ----------
    environment, fabric, timeline, recorder
        The run's clock, network, accounts and measurements.
    rank, host
        Which worker, and where it lives.
    x
        The model to begin with.
    stepper
        The optimizer's state, of a worker that has its own model.
    seconds
        Mean compute time of a gradient (s).
    multipliers
        The straggler law's draws, one for each gradient.
    batch
        Samples of a gradient.
    nbytes
        Size of a gradient or model on the wire (B).
    """

    def __init__(
        self,
        environment: simpy.Environment,
        fabric: Fabric,
        timeline: Timeline,
        recorder: Recorder,
        *,
        rank: int,
        host: int,
        x: Vector,
        stepper: Stepper,
        seconds: float,
        multipliers: Iterator[float],
        batch: int,
        nbytes: float,
    ) -> None:
        self.rank = rank
        self.host = host
        self._environment = environment
        self._fabric = fabric
        self._timeline = timeline
        self._recorder = recorder
        self._x = x
        self._stepper = stepper
        self._seconds = seconds
        self._multipliers = multipliers
        self._batch = batch
        self._nbytes = nbytes
        self._step = 0
        self._shards: list[Shard] = []
        self._group: Group | None = None
        self._weights: Mapping[int, float] = {}
        self._peers: list[Worker] = []
        self._mixing: simpy.Event | None = None

    # -- computing

    def gradient(self, x: Vector) -> simpy.Event:
        """The gradient at `x` on this worker's next mini-batch; takes compute time."""
        self._timeline.switch(self.rank, COMPUTE)
        g = x.gradient(self.rank, self._step, self._batch)
        self._step += 1
        done = self._environment.timeout(self._seconds * next(self._multipliers), g)
        done.callbacks.append(self._recorder.computed)
        return done

    def update(self, x: Vector, g: Vector) -> Vector:
        """The optimizer's step from `x` along `g`; takes no time."""
        return self._stepper.step(x, g)

    @property
    def x(self) -> Vector:
        """This worker's own model; setting it is one local step."""
        return self._x

    @x.setter
    def x(self, value: Vector) -> None:
        self._x = value
        self._recorder.stepped(self.rank, value)

    # -- a parameter server

    def attach(self, shards: list[Shard]) -> None:
        """Use this server."""
        self._shards = shards

    def pull(self) -> simpy.Event:
        """Ask every shard of the server for its part; brings (model, versions)."""
        reply = self._environment.event()
        answers: dict[int, Model] = {}
        for number, shard in enumerate(self._shards):
            self._timeline.depart(self.rank)
            asked = partial(shard.pull, self.rank, partial(self._take, reply, answers, number))
            self._fabric.send(self.host, shard.host, 0.0, asked)
        return reply

    def push_pull(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient that was taken at some versions; brings the (model, versions) it answers with."""
        reply = self._environment.event()
        answers: dict[int, Model] = {}
        whole = len(self._shards) == 1
        for number, shard in enumerate(self._shards):
            self._timeline.depart(self.rank)
            answer = partial(self._take, reply, answers, number)
            push = Push(self.rank, g if whole else g.part(number + 1), versions[number], answer)
            self._fabric.send(self.host, shard.host, shard.nbytes, partial(shard.push, push))
        return reply

    def _take(self, reply: simpy.Event, answers: dict[int, Model], number: int, model: Model) -> None:
        """A shard has answered: `reply` is due when all have."""
        self._timeline.arrive(self.rank)
        if len(self._shards) == 1:  # the same as below, for the loop that runs most often
            x, version = model
            reply.succeed((x, [version]))
            return
        answers[number] = model
        if len(answers) == len(self._shards):
            models = [answers[each] for each in range(len(answers))]
            reply.succeed((join([x for x, _ in models]), [version for _, version in models]))

    # -- all workers together

    def join(self, group: Group) -> None:
        """Take part in this group's collectives."""
        self._group = group

    def all_reduce(self, g: Vector) -> simpy.Event:
        """Wait for every worker's vector; brings their mean."""
        assert self._group is not None, "the protocol has no group"
        return self._group.all_reduce(self.rank, g)

    # -- neighbours

    def meet(self, weights: Mapping[int, float], workers: list[Worker]) -> None:
        """Mix with these weights, by rank and with one's own among them."""
        self._weights = dict(sorted(weights.items()))
        self._peers = [workers[rank] for rank in self._weights if rank != self.rank]
        senders = [peer.rank for peer in self._peers]
        self._delivered = Mailbox[Vector](senders)
        self._announced = Mailbox[None](senders)

    def share(self, x: Vector) -> None:
        """Send `x` to every neighbour, beside whatever follows; it is what this worker itself mixes, too."""
        self._shared = x
        for peer in self._peers:
            peer._announce(self.rank)
            self._fabric.send(self.host, peer.host, self._nbytes, partial(peer._receive, self.rank, x))

    def mixed(self) -> simpy.Event:
        """Wait for every neighbour's next shared model; brings ``sum_j W[me, j] x_j``, added up by rank."""
        self._mixing = self._environment.event()
        event = self._mixing
        self._timeline.switch(self.rank, SEND if self._announced.complete else WAIT)
        self._mix_when_complete()
        return event

    def _announce(self, sender: int) -> None:
        """A neighbour has sent something: when all have, this worker waits for the network, not for them."""
        self._announced.put(sender, None)
        if self._mixing is not None and self._announced.complete:
            self._timeline.switch(self.rank, SEND)

    def _receive(self, sender: int, x: Vector) -> None:
        self._delivered.put(sender, x)
        if self._mixing is not None:
            self._mix_when_complete()

    def _mix_when_complete(self) -> None:
        if self._mixing is None or not self._delivered.complete:
            return
        self._announced.take()
        models = self._delivered.take()
        models[self.rank] = self._shared
        event, self._mixing = self._mixing, None
        event.succeed(weighted_sum(list(self._weights.values()), [models[rank] for rank in self._weights]))

"""A worker's connection to the parameter server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import simpy

from sim.connections.server.push import Push, Versioned
from sim.connections.server.receivers import Receiver, deliver
from sim.connections.server.wait_free import Handing, WaitFree
from sim.tape.vector import Vector, join
from sim.world.world import World

if TYPE_CHECKING:
    from sim.compressors.compressor import Compressor
    from sim.connections.server.departures import Departure
    from sim.connections.server.shard import Shard
    from sim.connections.server.tree.aggregator import Aggregator
    from sim.world.attempt import Attempt
    from sim.world.worker import Worker

#: The version of every shard's part of a model.
Versions = list[int]

#: What becomes of a shard's part of a gradient that has arrived: its number, the push, and what is called then.
Delivery = Callable[[int, Push, Callable[[], object]], object]


class Client:
    """One worker's side of its messages with every shard of the server.

    One request is under way at a time. Beside it one gradient may be on its way that will not be answered, and models
    that the server sends to everybody.

    Parameters
    ----------
    world
        What everybody in the run shares.
    worker
        Whose it is.
    shards
        The server; behind aggregators, those that stand for its shards.
    compressors
        Of the gradients for each shard; None: they are sent as they are.
    encoding
        How long the worker compresses a gradient (s).
    departures
        What sets out while a gradient is computed, and when; nothing: it is sent when it is complete.
    """

    def __init__(
        self,
        world: World,
        worker: Worker,
        shards: Sequence[Shard | Aggregator],
        compressors: Sequence[Compressor | None],
        encoding: float,
        departures: Sequence[Departure],
    ) -> None:
        self._world = world
        self._environment = world.environment
        self._send = world.send
        self._send_beside = world.send_beside
        self._timeline = world.timeline
        self._worker = worker
        self._rank = rank = worker.rank
        self._endpoint = endpoint = worker.endpoint
        self._encoding = encoding
        self._ask_in_time = self._ask if encoding == 0.0 else self._ask_when_encoded
        targets = [shard.endpoint for shard in shards]
        self._wait_free = WaitFree(world, rank, endpoint, targets, departures) if departures else None
        self._shards = shards
        self._compressors = compressors
        self._pushed: simpy.Event | None = None  # of the last push for no answer: it is done
        self._parts: dict[int, dict[int, Vector]] = {}  # of models sent to everybody, by version and shard
        self._latest: tuple[Vector, Versions] | None = None  # the last such model that is complete
        self._newer: simpy.Event | None = None
        self._older = 0  # the version that this event is to be newer than
        self._heard: list[Versioned | None] = [None] * len(shards)  # the last such part of each shard
        self._ahead: simpy.Event | None = None
        self._least: Versions = []  # the versions that this event waits for
        for number, shard in enumerate(shards):
            receiver = Receiver(endpoint, (rank,), partial(self.hear, number), deliver)
            if endpoint.incarnation == 0:
                shard.receivers.append(receiver)
            else:
                cast("Shard", shard).renew(receiver)  # aggregators are refused where workers fail

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
        self._ask_in_time(reply, g, versions)
        return reply

    def push_pull_wait_free(
        self, computing: simpy.Timeout, versions: Versions, gradient: Vector | None = None
    ) -> simpy.Event:
        """Like `push_pull` of the gradient that is being computed, or of `gradient`, which is complete when that is.

        Its parts set out when they are ready (wait-free backpropagation, Zhang et al. 2017, section 3.1) where the
        transport overlaps communication with computation; otherwise all when it is complete. Nobody else is to wait for
        `computing`, or ask it for its value when it is over: the next gradient may use it again.
        """
        reply = self._environment.event()
        if self._wait_free is None:
            computing.callbacks.append(partial(self._computed, reply, versions, gradient))
        else:
            self._wait_free.set_out(computing, partial(self._asking, reply, {}, versions, gradient))
        return reply

    def _computed(
        self, reply: simpy.Event, versions: Versions, gradient: Vector | None, computing: simpy.Event
    ) -> None:
        """A gradient is complete, and asks for an answer."""
        g = computing.value if gradient is None else gradient
        assert g is not None, "only attempts are abandoned"
        self._ask_in_time(reply, g, versions)

    def _ask_when_encoded(self, reply: simpy.Event, g: Vector, versions: Versions) -> None:
        self._worker.occupy(self._encoding, self._ask, reply, g, versions)

    def _ask(self, reply: simpy.Event, g: Vector, versions: Versions) -> None:
        """Send every shard its part of a gradient, for an answer."""
        answers: dict[int, Versioned] = {}
        rank, here = self._rank, self._endpoint
        for number, shard in enumerate(self._shards):
            answer = partial(self._take, reply, answers, number)
            push = Push(rank, here, self._message(g, number), versions[number], answer)
            self._send(here, shard.endpoint, shard.push_nbytes, rank, shard.push, push)

    def _asking(
        self,
        reply: simpy.Event,
        answers: dict[int, Versioned],
        versions: Versions,
        whole: Vector | None,
        g: Vector,
        number: int,
    ) -> Handing:
        """What a shard is told that has all of its part, for an answer."""
        answer = partial(self._take, reply, answers, number)
        message = self._message(g if whole is None else whole, number)
        return self._shards[number].push, (Push(self._rank, self._endpoint, message, versions[number], answer),)

    def exchange(self, x: Vector) -> simpy.Event:
        """Send the server a vector that was taken at no version; brings the (model, versions) it answers with."""
        return self.push_pull(x, [0] * len(self._shards))

    def push(self, g: Vector, versions: Versions) -> simpy.Event:
        """Send the server a gradient that was taken at some versions, for no answer; happens when it has arrived."""
        return self._push(g, versions, self._deliver)

    def push_wait_free(self, computing: simpy.Timeout | Attempt, versions: Versions) -> simpy.Event:
        """Like `push` of the gradient that is being computed, whose parts set out when they are ready.

        Never happens where that is abandoned: it is not sent then, or not to every shard.
        """
        done = self._environment.event()
        if self._wait_free is None:
            computing.callbacks.append(partial(self._attempted, done, versions))
        else:
            parts = set(range(len(self._shards)))
            self._wait_free.set_out(computing, partial(self._telling, done, parts, versions))
        return done

    def _attempted(self, done: simpy.Event, versions: Versions, computing: simpy.Event) -> None:
        """A gradient is complete, unless it has been abandoned."""
        if computing.value is not None:
            self._push_when_encoded(done, computing.value, versions, self._deliver)

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

    def ahead(self, versions: Versions, by: int) -> simpy.Event:
        """Wait until every shard has sent a model unasked that is `by` versions newer; brings (model, versions).

        Each shard goes by versions of its own, as in a protocol without rounds.
        """
        self._ahead, self._least = self._environment.event(), [version + by for version in versions]
        self._parts.clear()  # nobody waits for parts of one version
        event = self._ahead
        self._offer_ahead()
        return event

    def hear(self, number: int, model: Versioned) -> None:
        """A shard's part of a model sent to everybody has arrived."""
        self._heard[number] = model
        if self._ahead is not None:
            self._offer_ahead()
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

    def _offer_ahead(self) -> None:
        heard = [part for part in self._heard if part is not None]
        if self._ahead is None or len(heard) < len(self._shards):
            return
        if all(version >= least for (_, version), least in zip(heard, self._least, strict=True)):
            event, self._ahead = self._ahead, None
            event.succeed((join([part for part, _ in heard]), [version for _, version in heard]))

    def _push(self, g: Vector, versions: Versions, deliver: Delivery) -> simpy.Event:
        """Send every shard its part; happens when what `deliver` is given has been called for all of them."""
        if self._pushed is not None and not self._pushed.triggered:
            raise RuntimeError("me.server: the push before is still under way; `yield me.server.sent()` first")
        done = self._pushed = self._environment.event()
        self._push_when_encoded(done, g, versions, deliver)
        return done

    def _push_when_encoded(self, done: simpy.Event, g: Vector, versions: Versions, deliver: Delivery) -> None:
        if self._encoding > 0.0:
            self._worker.occupy(self._encoding, self._tell, done, g, versions, deliver)
        else:
            self._timeline.wait(self._rank)
            self._tell(done, g, versions, deliver)

    def _tell(self, done: simpy.Event, g: Vector, versions: Versions, deliver: Delivery) -> None:
        """Send every shard its part of a gradient, for no answer; the worker may be computing the next one."""
        parts, ranks = set(range(len(self._shards))), (self._rank,)
        for number, shard in enumerate(self._shards):
            push = Push(self._rank, self._endpoint, self._message(g, number), versions[number], None)
            finished = partial(_finish, done, parts, number)
            nbytes = shard.push_nbytes
            self._send_beside(self._endpoint, shard.endpoint, nbytes, ranks, deliver, number, push, finished)

    def _telling(self, done: simpy.Event, parts: set[int], versions: Versions, g: Vector, number: int) -> Handing:
        """What a shard is told that has all of its part, for no answer."""
        push = Push(self._rank, self._endpoint, self._message(g, number), versions[number], None)
        return self._deliver, (number, push, partial(_finish, done, parts, number))

    def _deliver(self, number: int, push: Push, arrived: Callable[[], object]) -> None:
        self._shards[number].push(push)
        arrived()

    def _hand_over(self, number: int, push: Push, added: Callable[[], object]) -> None:
        self._shards[number].gather([push], added)

    def _take(self, reply: simpy.Event, answers: dict[int, Versioned], number: int, model: Versioned) -> None:
        """A shard has answered: `reply` is due when all have."""
        answers[number] = model
        if len(answers) == len(self._shards):
            models = [answers[each] for each in range(len(answers))]
            reply.succeed((join([x for x, _ in models]), [version for _, version in models]))


def _finish(done: simpy.Event, parts: set[int], number: int) -> None:
    """One part is done: `done` happens when all are."""
    parts.remove(number)
    if not parts:
        done.succeed()

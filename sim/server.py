"""The parameter server: the shared model, its version, and the queue in front of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from sim.sharding import Sharding
from sim.timeline import APPLY
from sim.vector import Vector
from topologies.ranges import check

if TYPE_CHECKING:
    from sim.compressors import Compression
    from sim.optimizers import Stepper
    from sim.protocols import ServerProtocol
    from sim.world import World


@dataclass
class Server:
    """The parameter server, where the protocol has one.

    Parameters
    ----------
    shards
        Hosts that share the parameters, 1 to 100 000.
    sharding
        How parameters are dealt to shards: even, per_tensor or partitioned.
    part_bytes
        Largest part of a tensor (B), for partitioned; > 0.
    colocated
        Shards live on the workers' hosts (shard s on that of worker s), not on hosts of their own.
    cores
        Pushes applied at a time by each shard, >= 1.
    apply_rate
        Bytes of gradient that one core applies per second (B/s), > 0; null = instant.
    """

    shards: int = 1
    sharding: Sharding = Sharding.even
    part_bytes: float = 4e6
    colocated: bool = False
    cores: int = 1
    apply_rate: float | None = None

    def __post_init__(self) -> None:
        check("shards", self.shards, at_least=1, at_most=100_000)
        check("part_bytes", self.part_bytes, above=0.0)
        check("cores", self.cores, at_least=1)
        check("apply_rate", self.apply_rate, above=0.0)


#: What a shard answers with: its part of the model, and the part's version.
Model = tuple[Vector, int]


class Push:
    """A gradient on its way through a shard, the version it was taken at, and who is to be answered."""

    __slots__ = ("answer", "gradient", "rank", "version")

    def __init__(self, rank: int, gradient: Vector, version: int, answer: Callable[[Model], object]) -> None:
        self.rank = rank
        self.gradient = gradient
        self.version = version
        self.answer = answer


class Shard:
    """One shard of the parameter server at work; a server that is not sharded has one.

    Parameters
    ----------
    world
        What everybody in the run shares.
    config
        Cores and apply rate.
    protocol
        Decides what happens to a push when it has been served.
    number
        Which shard.
    host
        Where it lives.
    clients
        The hosts of the workers that it serves, by rank.
    nbytes, push_nbytes
        Sizes of its part of a model and of a gradient on the wire (B).
    compression
        What has become of the gradients that it is sent.
    x
        Its part of the model to begin with.
    stepper
        The optimizer's state.
    """

    def __init__(
        self,
        world: World,
        config: Server,
        protocol: ServerProtocol,
        *,
        number: int,
        host: int,
        clients: Sequence[int],
        nbytes: float,
        push_nbytes: float,
        compression: Compression,
        x: Vector,
        stepper: Stepper,
    ) -> None:
        self._environment = world.environment
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._recorder = world.recorder
        self._protocol = protocol
        self._number = number
        self._clients = clients
        self._aggregate = compression.aggregate
        self._stepper = stepper
        self._cores = simpy.Resource(world.environment, config.cores)
        self._apply_seconds = 0.0 if config.apply_rate is None else nbytes / config.apply_rate
        self._waiting: list[Push] = []
        self.queue = QueueTimes()
        self.host = host
        self.workers = len(clients)
        self.nbytes = nbytes
        self.push_nbytes = push_nbytes
        self.x = x
        self.version = 0

    def pull(self, rank: int, answer: Callable[[Model], object]) -> None:
        """A worker asks for the model: it is sent the present version at once."""
        self._timeline.arrive(rank)
        self._send(rank, answer)

    def push(self, push: Push) -> None:
        """A gradient has arrived: it queues for a core, is added up there, and goes to the protocol."""
        self._timeline.arrive(push.rank)
        if self._apply_seconds > 0.0:
            self._environment.process(self._serve(push))
        else:
            self.queue.add(0.0, 0.0)
            self._protocol.receive(self, push)

    def collect(self, push: Push, count: int) -> list[Push] | None:
        """Keep a push until `count` have come together, then return them by rank; None until then."""
        self._waiting.append(push)
        if len(self._waiting) < count:
            return None
        together, self._waiting = self._waiting, []
        return sorted(together, key=lambda one: one.rank)

    def apply(self, pushes: list[Push]) -> None:
        """One update: a step along the mean of the gradients (or what they vote for), which makes a new version."""
        self.x = self._stepper.step(self.x, self._aggregate([push.gradient for push in pushes]))
        staleness = [self.version - push.version for push in pushes]
        self.version += 1
        self._recorder.applied(self._number, self.x, staleness)

    def reply(self, push: Push) -> None:
        """Send the present model to the worker that pushed."""
        self._send(push.rank, push.answer)

    def _send(self, rank: int, answer: Callable[[Model], object]) -> None:
        self._timeline.depart(rank)
        self._fabric.send(self.host, self._clients[rank], self.nbytes, partial(answer, (self.x, self.version)))

    def _serve(self, push: Push) -> Generator[simpy.Event, Any, None]:
        arrived = self._environment.now
        with self._cores.request() as core:
            yield core
            began = self._environment.now
            yield self._environment.timeout(self._apply_seconds)
            self._timeline.add(-1 - self._number, APPLY, began)
            self.queue.add(began - arrived, self._apply_seconds)
        self._protocol.receive(self, push)


class QueueTimes:
    """How long pushes waited for a core and were served (s)."""

    def __init__(self) -> None:
        self.served = 0
        self.waiting = 0.0
        self.serving = 0.0

    def add(self, waiting: float, serving: float) -> None:
        """One push has been served."""
        self.served += 1
        self.waiting += waiting
        self.serving += serving

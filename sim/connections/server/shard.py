"""One shard of a parameter server: its part of the model, the version, and what happens to a push."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sim.connections.server.agreement import Agreement, Update
from sim.connections.server.broadcast import Broadcast
from sim.connections.server.clocks import Clocks
from sim.connections.server.cores import Cores
from sim.connections.server.modulation import Modulation
from sim.tape.vector import Vector, weighted_sum

if TYPE_CHECKING:
    from sim.cluster.world import World
    from sim.compressors import Compression
    from sim.connections.batches.coordinator import Coordinator
    from sim.connections.server.receivers import Receiver
    from sim.optimizers.stepper import Stepper
    from sim.protocols import Served
    from sim.server import Server


#: What a shard answers with: its part of the model, and the part's version.
Model = tuple[Vector, int]


class Push:
    """A gradient on its way through a shard, the version it was taken at, and who is to be answered, if anybody.

    What is pushed need not be a gradient: `vector` is its other name.
    """

    __slots__ = ("answer", "gradient", "rank", "version")

    def __init__(self, rank: int, gradient: Vector, version: int, answer: Callable[[Model], object] | None) -> None:
        self.rank = rank
        self.gradient = gradient
        self.version = version
        self.answer = answer

    @property
    def vector(self) -> Vector:
        """What was pushed."""
        return self.gradient


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

    Attributes
    ----------
    number : int
        Which shard.
    coordinator
        Who commands it, where the protocol has a coordinator.
    receivers : list of Receiver
        Who is sent a model that is for everybody, in the order of the workers' ranks.
    """

    coordinator: Coordinator

    def __init__(
        self,
        world: World,
        config: Server,
        protocol: Served,
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
        self._world = world
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._recorder = world.recorder
        self._protocol = protocol
        self.number = number
        self._clients = clients
        self._aggregate = compression.aggregate
        self._modulation = protocol.rule
        self._gradients_per_push = protocol.gradients_per_push
        self._modulates = protocol.rule is not Modulation.none
        self._stepper = stepper
        self._cores = Cores(world, config.cores, number)
        self._apply_seconds = config.apply_seconds(nbytes)
        self._waiting: list[Push] = []
        self._clocks = Clocks(len(clients))
        self._asked: list[tuple[int, int, Callable[[Model], object]]] = []
        self.receivers: list[Receiver] = []
        self.agreement = Agreement(self, world.fabric)
        self._others: Sequence[Shard] = ()
        self.queue = self._cores.queue
        self.host = host
        self.workers = len(clients)
        self.nbytes = nbytes
        self.push_nbytes = push_nbytes
        self.x = x
        self.version = 0

    def meet(self, shards: Sequence[Shard]) -> None:
        """Know the other shards."""
        self._others = [shard for shard in shards if shard is not self]

    def pull(self, rank: int, answer: Callable[[Model], object], version: int = 0) -> None:
        """A worker asks for the model: it is sent the present version at once, or when that is at least `version`."""
        self._timeline.arrive(rank)
        if self.version >= version:
            self._send(rank, answer)
        else:
            self._asked.append((version, rank, answer))

    def push(self, push: Push) -> None:
        """A gradient has arrived: it queues for a core, is added up there, and goes to the protocol."""
        self._timeline.arrive(push.rank)
        if self._apply_seconds > 0.0:
            self._cores.serve(self._apply_seconds, partial(self._protocol.receive, self, push))
        else:
            self.queue.add(0.0, 0.0)
            self._protocol.receive(self, push)

    def gather(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        """A sum of gradients has arrived: it is served as one, then they go to the protocol one after the other.

        Who has sent it is told by `added` when it has been served, and may then send the next.
        """
        for push in pushes:
            self._timeline.arrive(push.rank)
        self._cores.serve(self._apply_seconds, partial(self._receive, pushes, added))

    def obey(self, done: Callable[[], object]) -> None:
        """A coordinator's command has arrived: arithmetic on this part, which queues and takes as long as a push."""
        self._cores.serve(self._apply_seconds, done)

    def adopt(self, x: Vector, pushes: Sequence[Push]) -> None:
        """Have a new version, which a coordinator has had made of the gradients of some pushes."""
        staleness = [self.version - push.version for push in pushes]
        self.x = x
        self.version += 1
        self._recorder.applied(self.number, x, staleness)
        if self._asked:
            self._answer_asked()

    def collect(self, push: Push, count: int) -> list[Push] | None:
        """Keep a push until `count` have come together, then return them by rank; None until then."""
        self._waiting.append(push)
        if len(self._waiting) < count:
            return None
        together, self._waiting = self._waiting, []
        return sorted(together, key=lambda one: one.rank)

    def collect_within(self, push: Push, slack: int) -> list[Push] | None:
        """Keep a push until its worker has pushed at most `slack` times more than the slowest has.

        Returns
        -------
        list of Push or None
            Those kept that have now come within the slack, by rank; None where it is none.
        """
        slowest = self._clocks.slowest
        clock = self._clocks.tick(push.rank)
        if self._clocks.slowest > slowest:  # nobody is kept who is further ahead than one step beyond the slack
            return self.collect(push, 1)
        if clock <= slowest + slack:
            return [push]
        self._waiting.append(push)
        return None

    def collect_agreed(self, push: Push, count: int, update: Update) -> None:
        """Keep a push until `count` have come together, of the same workers on every shard; then `update` is called."""
        alike = count in (1, self.workers)  # every shard for itself takes each worker's, or everybody's
        if self.number > 0 and not alike:
            self.agreement.keep(push)
            return
        pushes = self.collect(push, count)
        if pushes is not None:
            self.agreement.decide(pushes, () if alike else self._others, update)

    def apply(self, pushes: list[Push]) -> None:
        """One update: a step along the mean of the gradients, which makes a new version; stale ones may count less."""
        staleness = [self.version - push.version for push in pushes]
        gradients = [push.gradient for push in pushes]
        if self._modulates:
            self.x = self._modulated_step(gradients, staleness)
        else:
            self.x = self._stepper.step(self.x, self._aggregate(gradients), len(pushes) * self._gradients_per_push)
        self.version += 1
        self._recorder.applied(self.number, self.x, staleness)
        if self._asked:
            self._answer_asked()

    def move(self, x: Vector) -> None:
        """Its part of the model is now `x`, by another way than a gradient: a new version."""
        self.x = x
        self.version += 1
        self._recorder.centred(self.number, x)

    def reply(self, push: Push) -> None:
        """Send the present model to the worker that pushed, where it waits for an answer."""
        if push.answer is not None:
            self._send(push.rank, push.answer)

    def broadcast(self) -> None:
        """Send the present model to every worker, whatever it is doing."""
        self._broadcast.send((self.x, self.version))

    def _receive(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        for push in pushes:
            self._protocol.receive(self, push)
        added()

    @cached_property
    def _broadcast(self) -> Broadcast:
        return Broadcast(self._world, self.host, self.nbytes, self.receivers, keep=min(2, 1 + len(self._others)))

    def _answer_asked(self) -> None:
        asked, self._asked = self._asked, []
        for version, rank, answer in asked:
            if self.version >= version:
                self._send(rank, answer)
            else:
                self._asked.append((version, rank, answer))

    def _modulated_step(self, gradients: list[Vector], staleness: list[int]) -> Vector:
        weights = self._modulation.weights(staleness)
        g = self._aggregate(gradients) if weights is None else weighted_sum(weights, gradients)
        pushes = len(gradients)
        factor = self._modulation.factor(self.workers, pushes)
        return self._stepper.step(self.x, g, pushes * self._gradients_per_push, factor)

    def _send(self, rank: int, answer: Callable[[Model], object]) -> None:
        self._timeline.depart(rank)
        self._fabric.send(self.host, self._clients[rank], self.nbytes, partial(answer, (self.x, self.version)))

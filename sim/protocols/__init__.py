"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

from sim.connections.centres.branching import Branching
from sim.connections.group.buckets import Bucket, whole
from sim.connections.server.modulation import Modulation
from topologies.mixing import Stochastic
from topologies.ranges import check

if TYPE_CHECKING:
    from sim.cluster.worker import Worker
    from sim.connections.server.shard import Push, Shard
    from sim.workloads import Tensor

#: What `Protocol.worker` is: a SimPy process.
Steps = Generator[simpy.Event, Any, None]


@dataclass
class Protocol(ABC):
    """A way of distributing SGD.

    `worker` is what every worker does, written in the verbs of `sim.cluster.worker.Worker` and its connections.

    Attributes
    ----------
    uses_topology
        Workers have neighbours and mixing weights.
    mixing
        What these weights must be: doubly stochastic, or at least column stochastic.
    uses_collectives
        Workers have a group, which they all-reduce in.
    uses_peers
        Workers address single others, drawn from their neighbours in the topology.
    asynchronous
        Workers with models of their own that exchange them never wait for a common step: as many local steps as there
        are workers are an update, whoever takes them, and the models of one instant are evaluated; else those after one
        and the same step.
    sends_gradients
        What is pushed to a server or all-reduced is gradients, which can be compressed, and never models.
    overlaps
        Gradients are sent part by part while they are computed, where the transport allows it.
    replicated
        Every worker begins with the same model and takes the same steps, so one optimizer state serves all; until
        workers part (see `Worker.part`), which then still come together again and again.
    topology
        The option of the topology that workers have unless the user chooses another; None: that of any protocol.
    stochastic
        Steps are the optimizer's, along gradients of mini-batches: with one worker it is plain SGD.
    """

    uses_topology: ClassVar[bool] = False
    mixing: ClassVar[Stochastic] = Stochastic.doubly
    uses_collectives: ClassVar[bool] = False
    uses_peers: ClassVar[bool] = False
    asynchronous: ClassVar[bool] = False
    sends_gradients: ClassVar[bool] = False
    overlaps: ClassVar[bool] = False
    replicated: ClassVar[bool] = False
    topology: ClassVar[str | None] = None
    stochastic: ClassVar[bool] = True

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""

    def check_workers(self, workers: int) -> None:  # noqa: B027  # most protocols work with any number
        """Refuse a number of workers that the protocol cannot work with.

        Raises
        ------
        ValueError
            Which field is out of range, and what to do about it.
        """

    def active(self, neighbours: Sequence[Sequence[int]]) -> Collection[int]:
        """Ranks that may begin an averaging with a peer, of all with the given neighbours.

        Raises
        ------
        ValueError
            If the protocol cannot work on these; the message starts with the field to change.
        """
        return range(len(neighbours))

    def buckets(self, tensors: Sequence[Tensor]) -> list[Bucket]:
        """What a collective carries at once, of all the tensors of a model or gradient, in the order of sending."""
        return whole(tensors)


@dataclass
class Served(Protocol):
    """A protocol with a parameter server, whatever it keeps."""

    def has_server(self, workers: int) -> bool:
        """Whether so many workers need the server."""
        return True

    def has_barrier(self, workers: int) -> bool:
        """Whether the server takes one push of every worker each time: one who adds them up may wait for all, too."""
        return False

    @property
    def answers_at_once(self) -> bool:
        """Whether a push is answered whatever the others do, so that its worker might as well not wait."""
        return False

    @property
    def branching(self) -> Branching | None:
        """The tree of centres that is part of the algorithm, of which the server is the root; None: it has none."""
        return None

    @property
    def rule(self) -> Modulation:
        """How the age of gradients changes the learning rate at the server; not at all where none are stale."""
        return Modulation.none

    @property
    def gradients_per_push(self) -> int:
        """How many gradients a push adds up; a learning-rate schedule counts each."""
        return 1

    @abstractmethod
    def receive(self, server: Shard, push: Push) -> None:
        """What a shard of the server does with a push that has been through its queue."""


@dataclass
class ServerProtocol(Served):
    """A protocol with a parameter server: learners are alike, what differs is what the server does with a push.

    Updates are counted at the server, and the optimizer works there.

    Parameters
    ----------
    modulation
        How stale gradients count less: none, mean_staleness (lr c / lambda) or per_gradient (g / tau).

    Attributes
    ----------
    stale
        Gradients may be older than the model that they change: if they never are, there is nothing to modulate.
    """

    modulation: Modulation = field(default=Modulation.none, kw_only=True)

    stale: ClassVar[bool] = True
    sends_gradients = True

    @property
    def rule(self) -> Modulation:
        return self.modulation if self.stale else Modulation.none

    def worker(self, me: Worker) -> Steps:
        """Rudra's learner (Gupta et al. 2016, section 3): pull, compute a gradient, push it, pull again."""
        x, versions = yield me.server.pull()
        while True:
            # The gradient has no name: whoever kept it would keep its memory, which is better used again while cached.
            x, versions = yield me.server.push_pull((yield me.gradient(x)), versions)


@dataclass
class RoundProtocol(ServerProtocol):
    """A protocol with a server and rounds: the first gradients of a round make its update, which ends it for everybody.

    A gradient counts for the round of the version that it was taken at; what arrives later is dropped. The new model is
    sent to every worker, and one that is still computing abandons its gradient when the model has reached it. Each
    shard of a server takes those gradients that it has first; a worker begins a round when every shard has.
    """

    stale = False

    def worker(self, me: Worker) -> Steps:
        x, versions = yield me.server.pull()
        while True:
            newer = me.server.newer(versions)
            g = yield me.gradient_unless(newer, x)
            if g is not None:
                yield me.server.push(g, versions)
            x, versions = yield newer

    def receive(self, server: Shard, push: Push) -> None:
        if push.version == server.version:
            pushes = server.collect(push, self.needed(server.workers))
            if pushes is not None:
                server.apply(pushes)
                server.broadcast()

    @abstractmethod
    def needed(self, workers: int) -> int:
        """How many gradients make an update."""


@dataclass
class BatchProtocol(ServerProtocol):
    """A protocol whose every step is one of L-BFGS along the gradient of the whole training set.

    A coordinator hands out portions of the training set to the workers and commands the shards of the server.

    Parameters
    ----------
    history
        Pairs of steps and gradient differences that the direction is made of, 1 to 1000.
    portions
        Pieces of the training set, >= 1; None: none larger than batch, and 4 for every worker at least. They are
        contiguous and of equal size up to one sample, so no more than there are samples. Of a problem without a
        training set every portion is a mini-batch.
    """

    stochastic = False
    sends_gradients = False  # those of portions, of which L-BFGS needs the differences
    modulation: ClassVar[Modulation] = Modulation.none  # type: ignore[misc]  # no field: no gradient is ever stale

    history: int = 10
    portions: int | None = None

    def __post_init__(self) -> None:
        check("history", self.history, at_least=1, at_most=1000)
        check("portions", self.portions, at_least=1, at_most=10_000_000)


@dataclass
class GossipProtocol(Protocol):
    """A protocol whose workers gossip now and then: each exchanges models with one random other.

    Parameters
    ----------
    probability
        Chance that a worker gossips where it may (0 to 1).
    period
        Steps from one such point to the next, >= 1. A worker may gossip where `period` divides t, of steps t = 0, 1,
        ...
    """

    uses_peers = True
    asynchronous = True

    probability: float = 1.0
    period: int = 1

    def __post_init__(self) -> None:
        check("probability", self.probability, at_least=0.0, at_most=1.0)
        check("period", self.period, at_least=1)

    def gossips(self, me: Worker, t: int) -> bool:
        """Whether a worker gossips at its step t."""
        return t % self.period == 0 and me.peers.chance(self.probability)

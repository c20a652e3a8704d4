"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

from topologies.ranges import check

if TYPE_CHECKING:
    from sim.server import Push, Shard
    from sim.worker import Worker

#: What `Protocol.worker` is: a SimPy process.
Steps = Generator[simpy.Event, Any, None]


@dataclass
class Protocol(ABC):
    """A way of distributing SGD.

    `worker` is what every worker does, written in the verbs of `sim.worker.Worker` and its connections.

    Attributes
    ----------
    uses_topology
        Workers have neighbours and mixing weights.
    uses_collectives
        Workers have a group, which they all-reduce in.
    replicated
        Every worker holds the same model and takes the same steps, so one optimizer state serves all.
    stochastic
        Steps are the optimizer's, along gradients of mini-batches: with one worker it is plain SGD.
    """

    uses_topology: ClassVar[bool] = False
    uses_collectives: ClassVar[bool] = False
    replicated: ClassVar[bool] = False
    stochastic: ClassVar[bool] = True

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""


@dataclass
class ServerProtocol(Protocol):
    """A protocol with a parameter server: learners are alike, what differs is what the server does with a push.

    Updates are counted at the server, and the optimizer works there.
    """

    def worker(self, me: Worker) -> Steps:
        """Rudra's learner (Gupta et al. 2016, section 3): pull, compute a gradient, push it, pull again."""
        x, versions = yield me.server.pull()
        while True:
            g = yield me.gradient(x)
            x, versions = yield me.server.push_pull(g, versions)

    @abstractmethod
    def receive(self, server: Shard, push: Push) -> None:
        """What a shard of the server does with a push that has been through its queue."""


@dataclass
class BatchProtocol(ServerProtocol):
    """A protocol whose every step is one of L-BFGS along the gradient of the whole training set.

    A coordinator hands out portions of the training set to the workers and commands the shards of the server.

    Parameters
    ----------
    history
        Pairs (s, y) that the direction is made of, 1 to 1000.
    portions
        Pieces that the training set is cut into, >= 1 and no more than it has samples, contiguous and of equal size up
        to one sample. None: as many that none is larger than a mini-batch, and at least four for every worker. Of a
        problem without a training set every portion is a mini-batch.
    """

    stochastic = False

    history: int = 10
    portions: int | None = None

    def __post_init__(self) -> None:
        check("history", self.history, at_least=1, at_most=1000)
        check("portions", self.portions, at_least=1, at_most=10_000_000)

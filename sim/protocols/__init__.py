"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

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
    sends_gradients
        What is pushed to a server or all-reduced is gradients, which can be compressed, and not models.
    replicated
        Every worker holds the same model and takes the same steps, so one optimizer state serves all.
    """

    uses_topology: ClassVar[bool] = False
    uses_collectives: ClassVar[bool] = False
    sends_gradients: ClassVar[bool] = False
    replicated: ClassVar[bool] = False

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""


@dataclass
class ServerProtocol(Protocol):
    """A protocol with a parameter server: learners are alike, what differs is what the server does with a push.

    Updates are counted at the server, and the optimizer works there.
    """

    sends_gradients = True

    def worker(self, me: Worker) -> Steps:
        """Rudra's learner (Gupta et al. 2016, section 3): pull, compute a gradient, push it, pull again."""
        x, versions = yield me.server.pull()
        while True:
            g = yield me.gradient(x)
            x, versions = yield me.server.push_pull(g, versions)

    @abstractmethod
    def receive(self, server: Shard, push: Push) -> None:
        """What a shard of the server does with a push that has been through its queue."""

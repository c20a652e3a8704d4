"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Sequence
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
    uses_peers
        Workers address single others, drawn from their neighbours in the topology.
    asynchronous
        Workers with models of their own that exchange them never wait for a common step: as many local steps as there
        are workers are an update, whoever takes them, and the models of one instant are evaluated; else those after one
        and the same step.
    replicated
        Every worker holds the same model and takes the same steps, so one optimizer state serves all.
    """

    uses_topology: ClassVar[bool] = False
    uses_collectives: ClassVar[bool] = False
    uses_peers: ClassVar[bool] = False
    asynchronous: ClassVar[bool] = False
    replicated: ClassVar[bool] = False

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""

    def active(self, neighbours: Sequence[Sequence[int]]) -> Collection[int]:
        """Ranks that may begin an averaging with a peer, of all with the given neighbours.

        Raises
        ------
        ValueError
            If the protocol cannot work on these; the message starts with the field to change.
        """
        return range(len(neighbours))


@dataclass
class Served(Protocol):
    """A protocol with a parameter server, whatever it keeps."""

    def has_server(self, workers: int) -> bool:
        """Whether so many workers need the server.

        Raises
        ------
        ValueError
            If the protocol cannot work with so many; the message starts with the field to change.
        """
        return True

    @abstractmethod
    def receive(self, server: Shard, push: Push) -> None:
        """What a shard of the server does with a push that has been through its queue."""


@dataclass
class ServerProtocol(Served):
    """A protocol with a parameter server: learners are alike, what differs is what the server does with a push.

    Updates are counted at the server, and the optimizer works there.
    """

    def worker(self, me: Worker) -> Steps:
        """Rudra's learner (Gupta et al. 2016, section 3): pull, compute a gradient, push it, pull again."""
        x, versions = yield me.server.pull()
        while True:
            g = yield me.gradient(x)
            x, versions = yield me.server.push_pull(g, versions)

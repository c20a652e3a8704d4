"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

from sim.connections.connection import Connection
from sim.connections.group.buckets import Bucket, whole
from sim.start import Start
from topologies.mixing import Stochastic

if TYPE_CHECKING:
    from sim.workloads import Tensor
    from sim.world.worker import Worker

#: What `Protocol.worker` is: a SimPy process.
Steps = Generator[simpy.Event, Any, None]


@dataclass
class Protocol(ABC):
    """A way of distributing SGD.

    `worker` is what every worker does, written in the verbs of `sim.world.worker.Worker` and its connections.

    Attributes
    ----------
    needs
        The connections that workers use: each is an attribute of `me`.
    mixing
        What mixing weights must be, where workers have neighbours: doubly stochastic, or at least column stochastic.
    asynchronous
        Workers never wait for a common step, and so begin at different points of one (`starts`). Where they have models
        of their own, as many local steps as there are workers are an update, whoever takes them, and the models of one
        instant are evaluated; else those after one and the same step.
    own_models
        Every worker takes the steps of a model of its own; else all change the one of a server.
    sends_gradients
        What is pushed to a server or all-reduced is gradients, which can be compressed, and never models.
    overlaps
        Gradients are sent part by part while they are computed, where the transport allows it.
    replicated
        Workers begin alike and take the same steps, so one optimizer state serves all until they are detached
        (`Worker.detach`); even then they come together again and again.
    topology
        The option of topology that workers have unless the user chooses another; None: the default of all protocols.
    lockstep
        Every worker computes one gradient and waits for the mean of all: without stragglers all steps are alike.
    stochastic
        Steps are the optimizer's, along gradients of mini-batches: with one worker it is plain SGD.
    shares_model
        No worker has all of the model and of the optimizer's state: what one had is lost with it.
    """

    needs: ClassVar[tuple[type[Connection], ...]] = ()
    mixing: ClassVar[Stochastic] = Stochastic.doubly
    asynchronous: ClassVar[bool] = False
    own_models: ClassVar[bool] = True
    sends_gradients: ClassVar[bool] = False
    overlaps: ClassVar[bool] = False
    replicated: ClassVar[bool] = False
    topology: ClassVar[str | None] = None
    lockstep: ClassVar[bool] = False
    stochastic: ClassVar[bool] = True
    shares_model: ClassVar[bool] = False

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""

    def connections(self, workers: int) -> Sequence[type[Connection]]:
        """Those of `needs` that so many workers use."""
        return self.needs

    def may_lack(self, workers: int) -> int | None:
        """Number of workers that may be away for long and hold nobody up; None: there is no such number."""
        return workers - 1

    def check_workers(self, workers: int) -> None:  # noqa: B027  # most protocols work with any number
        """Refuse a number of workers that it cannot work with, by a FieldError that says what to do about it."""

    def starts(self, workers: int) -> Start:
        """Where in a step so many workers begin, unless the user says it."""
        return Start.spread if self.asynchronous else Start.together

    def active(self, neighbours: Sequence[Sequence[int]]) -> Collection[int]:
        """Ranks that may begin an averaging with a peer, of all with these neighbours; a FieldError where none can."""
        return range(len(neighbours))

    def buckets(self, tensors: Sequence[Tensor], seconds: float = 0.0) -> list[Bucket]:
        """What a collective carries at once, in order, of all tensors; both passes take `seconds` on average (s)."""
        return whole(tensors)

"""The algorithms: who sends what to whom, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

if TYPE_CHECKING:
    from sim.server import ParameterServer, Push
    from sim.worker import Worker

#: What `Protocol.worker` is: a SimPy process.
Steps = Generator[simpy.Event, Any, None]


@dataclass
class Protocol(ABC):
    """A way of distributing SGD.

    `worker` is what every worker does, written in the verbs of `sim.worker.Worker`; a protocol with a parameter server
    also says in `receive` what the server does with a push.

    Attributes
    ----------
    uses_server
        There is a parameter server; updates are counted there, and the optimizer works there.
    uses_topology
        Workers have neighbours and mixing weights.
    replicated
        Every worker holds the same model and takes the same steps, so one optimizer state serves all.
    """

    uses_server: ClassVar[bool] = False
    uses_topology: ClassVar[bool] = False
    replicated: ClassVar[bool] = False

    @abstractmethod
    def worker(self, me: Worker) -> Steps:
        """What one worker does, for ever: the run's end stops it."""

    def receive(self, server: ParameterServer, push: Push) -> None:
        """What the server does with a push that has been through its queue."""
        raise TypeError(f"{type(self).__name__} does not define receive")

"""The cores of one host of the server, and the queue in front of them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from sim.measuring.timeline import APPLY

if TYPE_CHECKING:
    from sim.world.world import World


class Cores:
    """What is to be added up or applied on a host queues here for a core.

    Parameters
    ----------
    world
        What everybody in the run shares.
    cores
        How many pushes, or sums of them, are worked on at a time, >= 1.
    number
        Which host: the shards come first, then the aggregators.
    """

    def __init__(self, world: World, cores: int, number: int) -> None:
        self._environment = world.environment
        self._timeline = world.timeline
        self._cores = simpy.Resource(world.environment, cores)
        self._number = number
        self.queue = QueueTimes()

    def serve(self, seconds: float, done: Callable[..., object], *content: object) -> None:
        """Call ``done(*content)`` after its turn has come and it has been worked on for so long (s)."""
        if seconds > 0.0:
            self._environment.process(self._serve(seconds, done, content))
        else:
            self.queue.add(0.0, 0.0)
            done(*content)

    def _serve(
        self, seconds: float, done: Callable[..., object], content: tuple[object, ...]
    ) -> Generator[simpy.Event, Any, None]:
        arrived = self._environment.now
        with self._cores.request() as core:
            yield core
            began = self._environment.now
            yield self._environment.timeout(seconds)
            self._timeline.add(-1 - self._number, APPLY, began)
            self.queue.add(began - arrived, seconds)
        done(*content)


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

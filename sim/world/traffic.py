"""What every worker has on its way, and how that slows its computing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import simpy
from simpy.events import EventPriority

from sim.world.endpoint import Endpoint
from sim.world.world import World

if TYPE_CHECKING:
    from sim.fabric.fabric import Fabric
    from sim.measuring.recorder import Recorder
    from sim.measuring.timeline import Timeline

#: As a timeout of SimPy's.
NORMAL = EventPriority(1)


class Traffic:
    """How long every worker has had something on its way: messages from or to it, and collectives it has entered.

    Parameters
    ----------
    environment
        The clock.
    workers
        How many workers there are.
    interference
        What a second of traffic during a gradient costs its computing (no unit), > 0.
    """

    def __init__(self, environment: simpy.Environment, workers: int, interference: float) -> None:
        self._environment = environment
        self._interference = interference
        self._under_way = [0] * workers
        self._since = [0.0] * workers
        self._seconds = [0.0] * workers

    def begin(self, rank: int) -> None:
        """Something of worker `rank` sets out."""
        if self._under_way[rank] == 0:
            self._since[rank] = self._environment.now
        self._under_way[rank] += 1

    def end(self, rank: int) -> None:
        """It has arrived."""
        self._under_way[rank] -= 1
        if self._under_way[rank] == 0:
            self._seconds[rank] += self._environment.now - self._since[rank]

    def seconds(self, rank: int) -> float:
        """How long something of worker `rank` has been on its way so far (s)."""
        beyond = self._environment.now - self._since[rank] if self._under_way[rank] else 0.0
        return self._seconds[rank] + beyond

    def hindered(self, rank: int, seconds: float, value: Any = None) -> simpy.Timeout:
        """Like a timeout, of something that worker `rank` computes; its own traffic meanwhile makes it longer."""
        event = Hindered(self._environment, seconds, value, lambda: self._interference * self.seconds(rank))
        return cast(simpy.Timeout, event)  # it has all that anybody asks of one


class Hindered(simpy.Event):
    """A timeout that traffic makes longer: by what has been on its way during its own seconds, and not longer again.

    Parameters
    ----------
    environment
        The clock.
    seconds
        How long it takes without traffic (s).
    value
        What it brings.
    cost
        How much longer all traffic so far would have made it (s).
    """

    def __init__(self, environment: simpy.Environment, seconds: float, value: Any, cost: Callable[[], float]) -> None:
        super().__init__(environment)
        self._delay = seconds  # what share of it is complete when does not depend on traffic
        self._ok, self._value = True, value  # known at once, as a timeout's
        self._cost, self._before = cost, cost()
        environment.timeout(seconds).callbacks.append(self._prolong)

    def _prolong(self, event: simpy.Event) -> None:
        self.env.schedule(self, NORMAL, self._cost() - self._before)


class HinderedWorld(World):
    """A world in which own traffic slows computing.

    Parameters
    ----------
    environment, fabric, timeline, recorder
        See `World`.
    traffic
        What every worker has on its way.
    """

    def __init__(
        self, environment: simpy.Environment, fabric: Fabric, timeline: Timeline, recorder: Recorder, traffic: Traffic
    ) -> None:
        super().__init__(environment, fabric, timeline, recorder)
        self.traffic = self._traffic = traffic

    def send(self, source: Endpoint, target: Endpoint, nbytes: float, waiting: int | None, *delivery: Any) -> None:
        """As `World.send`."""
        self._each(self._traffic.begin, source, target)
        super().send(source, target, nbytes, waiting, *delivery)

    def send_beside(
        self, source: Endpoint, target: Endpoint, nbytes: float, ranks: Sequence[int], *delivery: Any
    ) -> None:
        """As `World.send_beside`."""
        self._each(self._traffic.begin, source, target)
        super().send_beside(source, target, nbytes, ranks, *delivery)

    def _deliver(self, source: Endpoint, target: Endpoint, *delivery: Any) -> None:
        self._each(self._traffic.end, source, target)
        super()._deliver(source, target, *delivery)

    def _arrive(self, source: Endpoint, target: Endpoint, waiting: int, *delivery: Any) -> None:
        self._each(self._traffic.end, source, target)
        super()._arrive(source, target, waiting, *delivery)

    @staticmethod
    def _each(call: Callable[[int], object], source: Endpoint, target: Endpoint) -> None:
        for end in (source, target):
            if end.rank is not None:
                call(end.rank)

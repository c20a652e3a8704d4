"""What everybody in a run shares, and the one way of sending."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    import simpy

    from sim.fabric.fabric import Fabric
    from sim.measuring.recorder import Recorder
    from sim.measuring.timeline import Timeline
    from sim.world.traffic import Traffic


class World:
    """The run's clock, network, accounts of time, and measurements.

    Parameters
    ----------
    environment
        The clock.
    fabric
        The network.
    timeline
        Where workers' time is accounted for.
    recorder
        What is measured.

    Attributes
    ----------
    mortal : bool
        Whether its inhabitants may die (`sim.world.mortal.MortalWorld`).
    traffic : Traffic or None
        What every worker has on its way, where that slows its computing (`sim.world.traffic.HinderedWorld`).
    """

    traffic: Traffic | None = None
    mortal: ClassVar[bool] = False

    def __init__(self, environment: simpy.Environment, fabric: Fabric, timeline: Timeline, recorder: Recorder) -> None:
        self.environment = environment
        self.fabric = fabric
        self.timeline = timeline
        self.recorder = recorder
        self._carry = fabric.send
        self._depart = timeline.depart  # looked up once: every message comes by here
        self._close = timeline.arrive

    def send(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        waiting: int | None,
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """Send a message from one endpoint to another.

        Parameters
        ----------
        source, target
            From whom to whom.
        nbytes
            Its size (B), >= 0.
        waiting
            Rank of the worker whose time it takes: that communicates until the message has arrived. None: nobody's.
        deliver, content
            ``deliver(*content)`` is called when it arrives.
        """
        if waiting is None:
            arrive = partial(self._deliver, source, target, deliver, content)
        else:
            self._depart(waiting)
            arrive = partial(self._arrive, source, target, waiting, deliver, content)
        self._carry(source.host, target.host, nbytes, arrive)

    def send_beside(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        ranks: Sequence[int],
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """Send a message that workers go on computing beside, if they do; else like `send`, for each of `ranks`."""
        for rank in ranks:
            self.timeline.depart_beside(rank)
        arrive = partial(self._arrive_beside, source, target, ranks, deliver, content)
        self._carry(source.host, target.host, nbytes, arrive)

    def _deliver(
        self, source: Endpoint, target: Endpoint, deliver: Callable[..., object], content: tuple[object, ...]
    ) -> None:
        deliver(*content)

    def _arrive(
        self,
        source: Endpoint,
        target: Endpoint,
        waiting: int,
        deliver: Callable[..., object],
        content: tuple[object, ...],
    ) -> None:
        self._close(waiting)
        deliver(*content)

    def _arrive_beside(
        self,
        source: Endpoint,
        target: Endpoint,
        ranks: Sequence[int],
        deliver: Callable[..., object],
        content: tuple[object, ...],
    ) -> None:
        for rank in ranks:
            self._close(rank)
        self._deliver(source, target, deliver, content)

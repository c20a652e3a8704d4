"""A world in which messages take no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.world.endpoint import Endpoint
from sim.world.world import World

if TYPE_CHECKING:
    import simpy

    from sim.fabric.fabric import Fabric
    from sim.measuring.recorder import Recorder
    from sim.measuring.timeline import Timeline


class IdealWorld(World):
    """A world whose network is ideal: a message is delivered while it is sent.

    Parameters
    ----------
    environment, fabric, timeline, recorder
        See `World`; the fabric is ideal.
    """

    def __init__(self, environment: simpy.Environment, fabric: Fabric, timeline: Timeline, recorder: Recorder) -> None:
        assert fabric.ideal, "messages take time on this network"
        super().__init__(environment, fabric, timeline, recorder)
        self._wait = timeline.wait

    def send(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        waiting: int | None,
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """As `World.send`."""
        self.fabric.bytes_sent += nbytes
        if waiting is not None:
            self._wait(waiting)
        deliver(*content)

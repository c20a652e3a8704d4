"""What everybody in a run shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import simpy

    from sim.fabric.fabric import Fabric
    from sim.measuring.recorder import Recorder
    from sim.measuring.timeline import Timeline


class World(NamedTuple):
    """The run's clock, network, accounts of time, and measurements."""

    environment: simpy.Environment
    fabric: Fabric
    timeline: Timeline
    recorder: Recorder

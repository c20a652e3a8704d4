"""Shards of the server fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.faults import Faults
from sim.incidents.kinds.server_crashes import ServerCrashes


@dataclass
class ServerCrash(Faults):
    """Shards of the server fail, and are back with the model of their last checkpoint."""

    server_crash: ServerCrashes = field(default_factory=lambda: ServerCrashes(rate_per_hour=1.0))

"""Workers or machines fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.faults import Faults
from sim.incidents.kinds.crashes import Crashes


@dataclass
class Crash(Faults):
    """Workers or machines fail by themselves, are repaired, or are replaced by spares."""

    crash: Crashes = field(default_factory=lambda: Crashes(rate_per_hour=1.0))

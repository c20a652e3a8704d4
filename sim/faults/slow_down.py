"""Workers are slower for a while."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.faults import Faults
from sim.incidents.kinds.slow_downs import SlowDowns


@dataclass
class SlowDown(Faults):
    """Workers or machines compute more slowly for a while."""

    slow_down: SlowDowns = field(default_factory=lambda: SlowDowns(rate_per_hour=1.0))

"""Links are down, or slower."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.faults import Faults
from sim.incidents.kinds.link_faults import LinkFaults


@dataclass
class Link(Faults):
    """Links are down, or have lost part of their capacity, for a while."""

    link: LinkFaults = field(default_factory=lambda: LinkFaults(rate_per_hour=1.0))

"""Workers join and leave."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.faults import Faults
from sim.incidents.kinds.elasticity import Elasticity


@dataclass
class Elastic(Faults):
    """Workers join and leave, and say so: spot instances, or a cluster that is shared."""

    elastic: Elasticity = field(default_factory=lambda: Elasticity(rate_per_hour=1.0))

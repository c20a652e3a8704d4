"""Nothing goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from sim.faults import Faults


@dataclass
class NoFaults(Faults):
    """Nothing goes wrong, unless a rate is given."""

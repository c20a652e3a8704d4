"""No transport."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class Ideal(Transport):
    """Messages get the whole line rate and cost nothing beside."""

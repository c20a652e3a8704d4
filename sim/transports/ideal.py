"""No transport."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class Ideal(Transport):
    """No transport: messages get the whole line rate and cost nothing beside."""

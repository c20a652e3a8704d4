"""NVIDIA H100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class H100(Device):
    """NVIDIA H100 SXM of 80 GB."""

    memory_bytes: float | None = memory_of("h100")

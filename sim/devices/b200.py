"""NVIDIA B200."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class B200(Device):
    """NVIDIA B200, one of eight in an HGX B200, 180 GB."""

    memory_bytes: float | None = memory_of("b200")

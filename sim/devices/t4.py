"""NVIDIA T4."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class T4(Device):
    """NVIDIA T4 of 16 GB."""

    memory_bytes: float | None = memory_of("t4")

"""NVIDIA L40S."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class L40S(Device):
    """NVIDIA L40S of 48 GB."""

    memory_bytes: float | None = memory_of("l40s")

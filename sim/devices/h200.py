"""NVIDIA H200."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class H200(Device):
    """NVIDIA H200 SXM of 141 GB."""

    memory_bytes: float | None = memory_of("h200")

"""NVIDIA V100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class V100(Device):
    """NVIDIA Tesla V100 SXM2 of 16 GB."""

    memory_bytes: float | None = memory_of("v100")

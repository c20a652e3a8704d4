"""NVIDIA A100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class A100(Device):
    """NVIDIA A100 SXM of 40 GB."""

    memory_bytes: float | None = memory_of("a100")

"""NVIDIA P100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class P100(Device):
    """NVIDIA Tesla P100 SXM2 of 16 GB."""

    memory_bytes: float | None = memory_of("p100")

"""NVIDIA K80."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import memory_of
from sim.devices import Device


@dataclass
class K80(Device):
    """One of the two GPUs of an NVIDIA Tesla K80, 12 GB."""

    memory_bytes: float | None = memory_of("k80")

"""One CPU core."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class CPUCore(Device):
    """One core of a server CPU with AVX2 at 3 GHz."""

    overhead_seconds: float = 100e-6

"""One CPU core."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class CPUCore(Device):
    """One core of a server CPU with AVX2 at 3 GHz, single precision.

    Two 8-lane fused multiply-adds a cycle: 96 GFLOP/s.
    """

    peak_flops: float = 96e9
    efficiency: float = 0.5
    overhead_seconds: float = 100e-6

"""One CPU core."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class CPUCore(Device):
    """A server core with AVX2: two 8-lane fused multiply-adds a cycle at 3 GHz = 96 GFLOP/s in single precision."""

    peak_flops: float = 96e9
    efficiency: float = 0.5
    overhead_seconds: float = 100e-6

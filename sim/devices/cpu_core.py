"""One CPU core."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class CPUCore(Device):
    """One core of a server CPU with AVX2 at 3 GHz, single precision.

    Precision: FP32. Peak: two 8-lane fused multiply-adds a cycle, two FLOP each: 96 GFLOP/s (Intel and AMD
    optimisation manuals of Haswell and Zen 2, as of 2019-08). Efficiency: a good matrix product in a real program.
    """

    peak_flops: float = 96e9
    efficiency: float = 0.5
    overhead_seconds: float = 100e-6

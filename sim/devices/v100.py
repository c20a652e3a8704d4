"""NVIDIA V100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class V100(Device):
    """NVIDIA Tesla V100 SXM2, single precision.

    15.7 TFLOP/s (NVIDIA V100 data sheet).
    """

    peak_flops: float = 15.7e12
    efficiency: float = 0.5
    overhead_seconds: float = 1e-3

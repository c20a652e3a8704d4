"""NVIDIA A100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class A100(Device):
    """NVIDIA A100 SXM, TF32 tensor cores.

    156 TFLOP/s dense (NVIDIA A100 data sheet).
    """

    peak_flops: float = 156e12
    efficiency: float = 0.4
    overhead_seconds: float = 1e-3

"""NVIDIA V100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class V100(Device):
    """NVIDIA Tesla V100 SXM2 of 16 GB, single precision.

    Precision: FP32. Peak: 15.7 TFLOP/s (NVIDIA V100 data sheet, as of 2018-01). Efficiency: 367 img/s of ResNet-50
    training on one GPU of a DGX-1 (NVIDIA DeepLearningExamples, PyTorch ResNet50 v1.5, as of 2021-03) are 57 % of it;
    other models and older software reach less.
    """

    peak_flops: float = 15.7e12
    efficiency: float = 0.5
    overhead_seconds: float = 1e-3
    memory_bytes: float | None = 16e9

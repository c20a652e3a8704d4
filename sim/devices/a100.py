"""NVIDIA A100."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device


@dataclass
class A100(Device):
    """NVIDIA A100 SXM of 40 GB, TF32 tensor cores.

    Precision: TF32. Peak: 156 TFLOP/s dense (NVIDIA A100 data sheet, as of 2021-06). Efficiency: 938 img/s of ResNet-50
    training on one GPU of a DGX A100 (NVIDIA DeepLearningExamples, PyTorch ResNet50 v1.5, as of 2021-03) at 3 x 4.089 G
    multiply-adds an image, two FLOP each, are 23.0 TFLOP/s: 15 % of the peak.
    """

    peak_flops: float = 156e12
    efficiency: float = 0.15
    overhead_seconds: float = 1e-3
    memory_bytes: float | None = 40e9

"""The problem's own costs."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device
from sim.problems import Problem
from sim.workloads import Tensor, Workload

#: A parameter travels in single precision (B).
BYTES_PER_PARAMETER = 4


@dataclass
class Native(Workload):
    """The bytes and FLOPs of the problem's own model, on the configured device."""

    def gradient_seconds(self, problem: Problem, device: Device, samples: int) -> float:
        return device.seconds(samples * problem.flops_per_sample)

    def message_tensors(self, problem: Problem) -> list[Tensor]:
        sizes = [float(BYTES_PER_PARAMETER * size) for size in problem.tensors]
        tensors = [Tensor(nbytes, flops) for nbytes, flops in zip(sizes, problem.tensor_flops, strict=True)]
        return tensors or [Tensor(0.0, 0.0)]  # a message there is, even of a model without parameters

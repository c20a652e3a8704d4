"""Costs stated outright."""

from __future__ import annotations

from dataclasses import dataclass

from sim.devices import Device
from sim.problems import Problem
from sim.workloads import Tensor, Workload
from topologies.ranges import check


@dataclass
class Synthetic(Workload):
    """Costs stated outright, whatever the problem, device and batch.

    Parameters
    ----------
    seconds
        Mean compute time of one gradient (s), >= 1e-9; or 0: communication alone.
    bytes
        Size of a model or gradient on the wire (B), >= 0.
    tensors
        Number of tensors that it is made of, alike in size and cost, 1 to 100 000.
    """

    seconds: float = 0.1
    bytes: float = 100e6
    tensors: int = 1

    def __post_init__(self) -> None:
        if self.seconds != 0.0:
            check("seconds", self.seconds, "give 0 for communication alone", at_least=1e-9)
        check("bytes", self.bytes, at_least=0.0)
        check("tensors", self.tensors, at_least=1, at_most=100_000)

    def gradient_seconds(self, problem: Problem, device: Device, samples: int) -> float:
        return self.seconds

    def message_bytes(self, problem: Problem) -> float:
        return self.bytes  # to the last bit, whatever it is divided by

    def message_tensors(self, problem: Problem) -> list[Tensor]:
        return [Tensor(self.bytes / self.tensors, 1.0)] * self.tensors

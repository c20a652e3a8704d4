"""Workloads that are models as they are: tables of tensors."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from sim.devices import Device
from sim.option_name import option_name
from sim.precision import Precision
from sim.problems import Problem
from sim.workloads import Tensor, Workload
from sim.workloads.table import Table
from topologies.ranges import check

#: The gradient of a sample costs as much as three forward passes: backwards there are two products for every one.
PASSES = 3.0


@dataclass
class Tabulated(Workload):
    """A model of the real world, tensor by tensor, with or without something else that is learned.

    A gradient takes as long as the device has been measured to take for this model; where nobody has, three forward
    passes of the table's arithmetic at its peak and efficiency.

    Attributes
    ----------
    problem
        The clock alone, unless another problem is chosen: none of them has the accuracy of such a model.
    source
        Where the architecture and its totals are published.

    Parameters
    ----------
    precision
        What is computed in, and what numbers travel in: fp32, tf32 or amp (4 B), or bf16 (2 B).
    accumulation
        Micro-batches of batch samples each that make one gradient, one after the other, 1 to 100 000. It is sent once,
        while the last of them is computed at the earliest.
    """

    problem: ClassVar[str | None] = "none"
    source: ClassVar[str] = ""

    precision: Precision = Precision.fp32
    accumulation: int = 1

    def __post_init__(self) -> None:
        check("accumulation", self.accumulation, at_least=1, at_most=100_000)

    @abstractmethod
    def layers(self) -> Table:
        """Write down the model, layer by layer."""

    @cached_property
    def table(self) -> Table:
        """The model's tensors; written down once."""
        return self.layers()

    @property
    def micro_batches(self) -> int:
        return self.accumulation

    def model(self, problem: Problem) -> Table:
        return self.table

    def gradient_seconds(self, problem: Problem, device: Device, samples: int) -> float:
        if self.table.seconds is not None:
            return self.table.seconds * samples
        measured = device.measured(self.measured_as, self.precision)
        if measured is not None:
            return self.accumulation * device.trained_on(measured, samples / self.accumulation)
        each = self.sample_flops * samples / self.accumulation
        return self.accumulation * device.seconds(each, self.precision)

    @property
    def sample_flops(self) -> float:
        """Arithmetic of the gradient of one sample (FLOP)."""
        return PASSES * self.table.flops

    @property
    def measured_as(self) -> str:
        """What measured throughputs of this model are called; nothing where its sizes are not the published ones."""
        published = type(self)(precision=self.precision, accumulation=self.accumulation)
        return option_name(self) if self == published else ""

    def message_tensors(self, problem: Problem) -> list[Tensor]:
        return self.costs()

    def state_bytes(self, vectors: int) -> tuple[float, float, float]:
        """What lasts from one step to the next on a device: weights, gradients, and what the optimizer keeps (B).

        Single precision, and autocast, whose halves are made anew in every pass: 4 B of a weight, 4 of its gradient, 4
        for each vector of the optimizer. bfloat16: 2 and 2, and of the optimizer the same and 4 of the weight in single
        precision besides (Rajbhandari et al. 2020, section 3.1): with Adam 16 B a parameter in either case.

        Parameters
        ----------
        vectors
            Number of vectors that the optimizer keeps: 0 for SGD, 1 with momentum, 2 for Adam.
        """
        parameters, width = float(self.table.parameters), self.precision.wire_bytes
        return parameters * width, parameters * width, parameters * (self.precision.master_bytes + 4 * vectors)

    def activation_bytes(self, samples: int) -> float | None:
        """What the forward pass of so many samples keeps for the backward pass (B); None where nobody knows."""
        kept = self.table.activations
        return None if kept is None else samples * (kept.elements * self.precision.activation_bytes + kept.plain)

    def costs(self) -> list[Tensor]:
        """What each tensor costs, in the order of the forward pass."""
        return self._costs

    @cached_property
    def _costs(self) -> list[Tensor]:
        width = self.precision.wire_bytes
        return [Tensor(float(width * row.size), row.flops) for row in self.table.rows]

"""What a model costs: the bytes of a message and the seconds of a gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from sim.devices import Device
from sim.problems import Problem
from sim.problems.part import Shaped


class Tensor(NamedTuple):
    """What one tensor of a model costs.

    Attributes
    ----------
    nbytes
        Its size on the wire (B).
    flops
        Its arithmetic in a gradient, in a unit that all tensors of the model share.
    """

    nbytes: float
    flops: float


@dataclass
class Workload(ABC):
    """What one gradient and one message cost.

    Attributes
    ----------
    problem
        The option of problem that there is unless the user chooses another; None: the default of all workloads.
    """

    problem: ClassVar[str | None] = None

    def check(self) -> None:  # noqa: B027  # most workloads have nothing to look up
        """Look into what the workload is read from, and refuse what it cannot be.

        Raises
        ------
        FieldError
            About the field that names it.
        """

    def remarks(self) -> list[str]:
        """What is to be said beside a run's figures: how a file was understood."""
        return []

    @property
    def micro_batches(self) -> int:
        """Mini-batches of `batch` samples that make one gradient, one after the other, >= 1."""
        return 1

    def model(self, problem: Problem) -> Shaped:
        """Whose parameters a message stands for, where something is asked of their number and shapes."""
        return problem

    @abstractmethod
    def gradient_seconds(self, problem: Problem, device: Device, samples: int) -> float:
        """Mean compute time of one gradient over so many samples (s); 0 where communication alone is to take time."""

    @abstractmethod
    def message_tensors(self, problem: Problem) -> list[Tensor]:
        """The table of the tensors that a message is made of, in the order of the forward pass; at least one.

        Shards of a server, buckets and compressed parts are all cut from it: a share of its bytes stands for as large a
        share of the problem's parameters, in the same order.
        """

    def message_bytes(self, problem: Problem) -> float:
        """Size of the model, and so of a gradient, on the wire (B)."""
        return sum(tensor.nbytes for tensor in self.message_tensors(problem))

"""What is learned: data, model and loss; the arithmetic is in `kernels`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.problems.task import Task


class Samples(NamedTuple):
    """A data set of the task's dtype: `inputs` ``[n, features]`` and `targets` ``[n]`` (class number or value)."""

    inputs: NDArray[Any]
    targets: NDArray[Any]


@dataclass
class Problem(ABC):
    """Data, model and loss.

    Attributes
    ----------
    metric
        What is measured beside the loss: ``"accuracy"``, ``"rmse"`` or None.
    learns
        False for the clock alone: there is no task, and nothing to measure.
    itemsize
        Size of a parameter in memory (B): 4 in single precision, 8 in double.
    kinked
        Gradients jump somewhere, as those of rectified units do, and there are no exact products of the Hessian: then
        its eigenvalues are not measured.
    """

    metric: ClassVar[str | None] = None
    learns: ClassVar[bool] = True
    itemsize: ClassVar[int] = 4
    kinked: ClassVar[bool] = False

    def __post_init__(self) -> None:  # noqa: B027  # where the super() of every part of a problem ends
        """Check the ranges of the fields; a problem made of several classes checks those of each."""

    @property
    @abstractmethod
    def tensors(self) -> list[int]:
        """Sizes of the model's tensors, in the order of their parameters."""

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of each tensor; a vector is one row."""
        return [(1, size) for size in self.tensors]

    @property
    def parameters(self) -> int:
        """Number of parameters d."""
        return sum(self.tensors)

    @property
    @abstractmethod
    def flops_per_sample(self) -> float:
        """Multiplications and additions of one sample's gradient."""

    @property
    def tensor_flops(self) -> list[float]:
        """Each tensor's part in that, in any unit; like the parameters, where all are used equally often."""
        return [float(size) for size in self.tensors]

    @property
    @abstractmethod
    def samples(self) -> int | None:
        """Size of the training set; None where every gradient is drawn afresh, so that there are no epochs."""

    @abstractmethod
    def task(self, generator: np.random.Generator) -> Task | None:
        """Load the data and draw the initial parameters; None where nothing is learned (the clock alone).

        Parameters
        ----------
        generator
            The stream of the initial parameters.
        """

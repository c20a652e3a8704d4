"""A model as a table of its tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Row(NamedTuple):
    """One tensor of a model.

    Attributes
    ----------
    name
        Of the tensor, as its framework calls it.
    shape
        Its extent in every dimension (elements), the outputs first; a scalar has none.
    flops
        Arithmetic of the forward pass of one sample (FLOP), a multiply-add is two: that of the tensor, and what follows
        it without a tensor of its own (attention scores, a head that shares its weights).
    """

    name: str
    shape: tuple[int, ...]
    flops: float

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns of the tensor as a matrix, whose columns are the outputs; a vector is one row."""
        if len(self.shape) < 2 or self.size == 0:
            return 1, self.size
        return self.size // self.shape[0], self.shape[0]


class Activations(NamedTuple):
    """What the forward pass of one sample keeps for the backward pass.

    Attributes
    ----------
    elements
        Number of elements in the precision that is computed in.
    plain
        What has the same size in every precision (B): masks, and what stays in single precision.
    """

    elements: float
    plain: float = 0.0


@dataclass(frozen=True)
class Table:
    """All tensors of a model.

    Parameters
    ----------
    rows
        In the order of the forward pass, at least one; the backward pass has them ready from the last to the first.
    seconds
        Measured compute time of one sample's gradient (s); None where it follows from the arithmetic.
    activations
        What a sample keeps; None where nobody knows.
    """

    rows: tuple[Row, ...]
    seconds: float | None = None
    activations: Activations | None = None

    @cached_property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(row.size for row in self.rows)

    @cached_property
    def flops(self) -> float:
        """Arithmetic of the forward pass of one sample (FLOP)."""
        return sum(row.flops for row in self.rows)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of each tensor; a vector is one row."""
        return [row.matrix for row in self.rows]

    @property
    def largest(self) -> Row:
        """The tensor of most elements; of equal ones the first."""
        return max(self.rows, key=lambda row: row.size)

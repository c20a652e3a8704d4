"""A part of a problem's parameters."""

from __future__ import annotations

from typing import NamedTuple, Protocol

#: Which parameters: from low to before high, several times.
Ranges = list[tuple[int, int]]


class Shaped(Protocol):
    """A model as far as messages are concerned: the problem that is learned, or the workload's table of tensors."""

    @property
    def parameters(self) -> int:
        """Number of parameters d."""

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of each tensor; a vector is one row."""


class Part(NamedTuple):
    """A part of a model's parameters: what one message carries of a gradient, or one shard keeps.

    Attributes
    ----------
    model
        Whose parameters.
    ranges
        Which of them, in ascending order.
    """

    model: Shaped
    ranges: Ranges

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(high - low for low, high in self.ranges)

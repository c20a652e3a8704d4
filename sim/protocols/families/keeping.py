"""What a worker keeps on its device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.protocols import Protocol


class Kept(NamedTuple):
    """What a worker keeps, as shares of the model, and on its way at a time.

    Attributes
    ----------
    weights, gradients, optimizer
        Share of each that it keeps, 0 to 1.
    copies
        Number of further vectors as long as the model that it keeps while it computes.
    gathered, scattered
        Number of buckets of others' parameters that it has at a time, and of whole gradients.
    """

    weights: float = 1.0
    gradients: float = 1.0
    optimizer: float = 1.0
    copies: float = 0.0
    gathered: int = 0
    scattered: int = 0


class Keeps(ABC):
    """A protocol whose workers keep something else than their model, its gradient and the optimizer's state."""

    @abstractmethod
    def kept(self, workers: int, *, overlap: bool) -> Kept:
        """What one of so many workers keeps, where communication overlaps computing or not."""

    @classmethod
    def forms(cls) -> Sequence[Protocol]:
        """Its options that differ in what is kept, the one that sends least first."""
        return ()


def kept_by(protocol: Protocol, workers: int, *, overlap: bool) -> Kept:
    """What one of so many workers of a protocol keeps; the optimizer is the server's where that has the model.

    Parameters
    ----------
    protocol
        Whose workers they are.
    workers
        How many there are.
    overlap
        Whether communication overlaps computing.
    """
    if isinstance(protocol, Keeps):
        return protocol.kept(workers, overlap=overlap)
    return Kept(optimizer=1.0 if protocol.own_models else 0.0)

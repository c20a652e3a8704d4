"""What the simulator's connections become between processes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.lab.job.post import Hear, Post
    from sim.world.worker import Worker


class RealConnection(ABC):
    """A connection whose ends are in different processes."""

    @abstractmethod
    def pairs(self) -> Iterable[tuple[int, int]]:
        """The numbers of the processes that speak with each other, the lower one first."""

    @abstractmethod
    def join(self, worker: Worker, wiring: Wiring, post: Post) -> Hear:
        """Give this process' worker its end; brings who is told what arrives."""


def everybody(count: int) -> Iterable[tuple[int, int]]:
    """All pairs of so many."""
    return ((one, other) for other in range(count) for one in range(other))


def raw(numbers: NDArray[Any]) -> memoryview:
    """The bytes of some numbers, in one piece; nothing is copied."""
    return numbers.view(np.uint8).data


def size_of(numbers: memoryview, nbytes: float) -> int:
    """Size of a message of so many bytes (B) on the wire, with these numbers in it.

    Where a model is cut, what a part has of its bytes may be less than its numbers, by less than one of them.
    """
    return max(round(nbytes), len(numbers))

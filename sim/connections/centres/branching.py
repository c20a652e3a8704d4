"""The shape and the periods of a tree of centres."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple


class Branching(NamedTuple):
    """A tree of centres whose leaves are the workers.

    Attributes
    ----------
    fan_out
        Children of a node; the last of a level may have fewer.
    period, upper_period
        Steps of a worker from one message to the next in each direction, >= 1: on an edge to a worker, and on one
        between centres.
    """

    fan_out: int
    period: int
    upper_period: int


class Branches(ABC):
    """A protocol with a tree of centres, of which the server is the root."""

    @property
    @abstractmethod
    def branching(self) -> Branching:
        """The tree."""

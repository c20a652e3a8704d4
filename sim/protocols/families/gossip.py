"""Protocols whose workers gossip."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.pairs.connect import Pairs
from sim.protocols import Protocol
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class GossipProtocol(Protocol):
    """A protocol whose workers gossip now and then: each exchanges models with one random other.

    Parameters
    ----------
    probability
        Chance that a worker gossips where it may (0 to 1).
    period
        Steps from one such point to the next, >= 1. A worker may gossip where `period` divides t, of steps t = 0, 1,
        ...
    """

    needs = (Pairs,)
    asynchronous = True

    probability: float = 1.0
    period: int = 1

    def __post_init__(self) -> None:
        check("probability", self.probability, at_least=0.0, at_most=1.0)
        check("period", self.period, at_least=1)

    def gossips(self, me: Worker, t: int) -> bool:
        """Whether a worker gossips at its step t."""
        return t % self.period == 0 and me.peers.chance(self.probability)

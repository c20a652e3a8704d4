"""Protocols whose workers are tied to a centre by springs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.connections.connection import Connection
from sim.connections.server.connect import ParameterServer
from sim.connections.server.serves import Serves
from sim.protocols import Protocol
from topologies.ranges import check

#: Where the user gives no alpha: that of all workers together, the paper's beta (section 5).
BETA = 0.9


@dataclass
class ElasticProtocol(Protocol, Serves):
    """A spring ties every worker's model to a centre (elastic averaging; Zhang et al. 2015), which a server keeps.

    Parameters
    ----------
    alpha
        The spring's pull (0 to 1); None: 0.9 / workers; 0: no spring. Of one worker, who has nobody to agree with, None
        is 0. With 0 there is no server either, every worker is alone.
    period
        Steps from one exchange to the next, >= 1. It is tau: they exchange where it divides t, of steps t = 0, 1, ...
    """

    alpha: float | None = None
    period: int = 1

    needs = (ParameterServer,)

    def __post_init__(self) -> None:
        check("alpha", self.alpha, at_least=0.0, at_most=1.0)
        check("period", self.period, at_least=1)

    def strength(self, workers: int) -> float:
        """The alpha of so many workers."""
        if self.alpha is None:
            return BETA / workers if workers > 1 else 0.0
        return self.alpha

    def connections(self, workers: int) -> Sequence[type[Connection]]:
        return self.needs if self.strength(workers) > 0.0 else ()

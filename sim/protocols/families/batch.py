"""Protocols whose steps follow the gradient of the whole training set."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.batches.connect import Batches
from sim.connections.batches.portions import Portioned
from sim.protocols import Protocol
from topologies.ranges import check


@dataclass
class BatchProtocol(Protocol, Portioned):
    """A protocol whose every step is one of L-BFGS along the gradient of the whole training set.

    A coordinator hands out portions of the training set to the workers and commands the shards of the server.

    Parameters
    ----------
    history
        Pairs of steps and gradient differences that the direction is made of, 1 to 1000.
    portions
        Pieces of the training set, >= 1; None: none larger than batch, and 4 for every worker at least. They are
        contiguous and of equal size up to one sample, so no more than there are samples. Of a problem without a
        training set every portion is a mini-batch.
    """

    needs = (Batches,)
    own_models = False
    stochastic = False

    history: int = 10
    portions: int | None = None

    def __post_init__(self) -> None:
        check("history", self.history, at_least=1, at_most=1000)
        check("portions", self.portions, at_least=1, at_most=10_000_000)

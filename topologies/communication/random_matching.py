"""Ranks talk in pairs, which are drawn anew in every round."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from topologies.communication import Topology
from topologies.communication.complete import complete
from topologies.communication.edges import undirected
from topologies.mixing import Mixing, Stochastic, metropolis
from topologies.rounds import Rounds
from topologies.size import check_workers


def random_matching(workers: int, generator: np.random.Generator) -> nx.Graph:
    """Return a random matching: pairs of ranks, chosen among all ways to pair them.

    Of an odd number of workers one has no partner. Two that are paired both take the mean of their models: the mixing
    of large runs of decentralised SGD [1]_. Such a matrix is its own square, so that the expected squared distance of
    the models to their mean is multiplied, round by round, by the second eigenvalue of the expected matrix [2]_:
    ``(1 - 1 / (workers - 1)) / 2`` of an even number of workers, 1/2 of an odd one.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    generator
        Of the draw.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers // 2`` edges, of which no two meet.

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> sorted(degree for _, degree in random_matching(5, np.random.default_rng(0)).degree)
    [0, 1, 1, 1, 1]

    References
    ----------
    .. [1] W. Zhang et al., "Loss landscape dependent self-adjusting learning rates in decentralized stochastic gradient
       descent", 2021, arXiv:2112.01433.
    .. [2] S. Boyd, A. Ghosh, B. Prabhakar and D. Shah, "Randomized gossip algorithms", IEEE Transactions on Information
       Theory 52, 2006, section 2.
    """
    check_workers(workers)
    order = generator.permutation(workers).tolist()
    return undirected(workers, zip(order[::2], order[1::2], strict=False))


class Matchings(Rounds):
    """A random matching in every round; a round is drawn when the first rank asks and forgotten when all have asked.

    Parameters
    ----------
    workers
        Number of ranks.
    generator
        Of the draws.
    """

    stochastic = Stochastic.doubly

    def __init__(self, workers: int, generator: np.random.Generator) -> None:
        self._workers = workers
        self._generator = generator
        self._drawn = 0
        self._known: dict[int, Mixing] = {}
        self._waiting: dict[int, int] = {}

    def at(self, number: int) -> Mixing:
        while self._drawn <= number:
            self._known[self._drawn] = metropolis(random_matching(self._workers, self._generator))
            self._waiting[self._drawn] = self._workers
            self._drawn += 1
        mixing = self._known[number]
        self._waiting[number] -= 1
        if self._waiting[number] == 0:
            del self._known[number], self._waiting[number]
        return mixing

    def spectral_gap(self) -> float:
        """The gap of the expected mixing matrix: a round multiplies the expected squared distance by ``1 - gap``."""
        if self._workers == 1:
            return 1.0
        return 0.5 if self._workers % 2 else 0.5 + 0.5 / (self._workers - 1)


@dataclass
class RandomMatching(Topology):
    """Ranks talk in pairs, which are drawn anew in every round; of an odd number one is left over."""

    def graph(self, workers: int) -> nx.Graph:
        """The edges that there may be: any two ranks can be a pair."""
        return complete(workers)

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        """See `random_matching`."""
        check_workers(workers)
        return Matchings(workers, generator)

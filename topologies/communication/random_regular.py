"""Each rank talks to as many others, chosen at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

import networkx as nx

from topologies.communication.edges import undirected
from topologies.communication.weighted import Weighted
from topologies.field_error import FieldError
from topologies.ranges import check
from topologies.size import check_edges, check_workers


def random_regular(workers: int, degree: int, seed: int) -> nx.Graph:
    """Return a random regular graph: each rank talks to `degree` others, chosen among all connected graphs.

    Nearly the largest spectral gap that so few messages allow, whatever the number of workers: the second eigenvalue of
    almost every one is about ``2 sqrt(degree - 1)`` [1]_. Up to ``degree + 1`` workers each talks to all the others.

    Parameters
    ----------
    workers
        Number of ranks, >= 1; even where `degree` is odd and smaller than ``workers - 1``.
    degree
        Neighbours of each rank, >= 2.
    seed
        Seed of the draw, >= 0: the same seed, the same graph.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers * min(degree, workers - 1) / 2`` edges, connected.

    Raises
    ------
    FieldError
        If an argument is out of range, or no such graph exists.

    Examples
    --------
    >>> sorted(degree for _, degree in random_regular(6, 3, seed=0).degree)
    [3, 3, 3, 3, 3, 3]

    References
    ----------
    .. [1] J. Friedman, "A proof of Alon's second eigenvalue conjecture and related problems", Memoirs of the AMS 195,
       2008.
    """
    check_workers(workers)
    _check_fields(degree, seed)
    check_edges(workers, workers * min(degree, workers - 1) // 2)
    if degree >= workers - 1:
        return nx.complete_graph(workers)
    if workers * degree % 2:
        raise FieldError(
            "workers",
            f"must be even where each rank talks to {degree} others, got {workers}; "
            f"try {workers + 1}, or an even degree",
            full=True,
        )
    generator = random.Random(seed)
    graph = _draw(workers, degree, generator)
    while not nx.is_connected(graph):  # rare but for a degree of 2, and then still one in about sqrt(workers) draws
        graph = _draw(workers, degree, generator)
    return undirected(workers, graph.edges)


def _draw(workers: int, degree: int, generator: random.Random) -> nx.Graph:
    """A regular graph; of a dense one the edges that are missing are drawn, which are fewer."""
    missing = workers - 1 - degree
    if missing < degree:
        return nx.complement(nx.random_regular_graph(missing, workers, seed=generator))
    return nx.random_regular_graph(degree, workers, seed=generator)


def _check_fields(degree: int, seed: int) -> None:
    check("degree", degree, "give the number of others that each rank talks to", at_least=2)
    check("seed", seed, "give a whole number", at_least=0)


@dataclass
class RandomRegular(Weighted):
    """Each rank talks to as many others, chosen at random.

    Parameters
    ----------
    degree
        Neighbours of each rank, >= 2; workers * degree is even; up to degree + 1 workers talk to all.
    seed
        Seed of the graph, >= 0: it is the same in every replica.
    """

    degree: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        _check_fields(self.degree, self.seed)

    def graph(self, workers: int) -> nx.Graph:
        """See `random_regular`."""
        return random_regular(workers, self.degree, self.seed)

"""A ring of near neighbours with some long ways across it."""

from __future__ import annotations

import random
from dataclasses import dataclass

import networkx as nx

from topologies.communication.edges import undirected
from topologies.communication.weighted import Weighted
from topologies.field_error import FieldError
from topologies.ranges import check
from topologies.size import check_edges, check_workers

#: How many graphs are drawn before none is taken to be connected.
DRAWS = 100


def small_world(workers: int, degree: int, rewire: float, seed: int) -> nx.Graph:
    """Return a connected small world: a ring of near neighbours of which some edges lead anywhere instead.

    Each rank talks to the ``degree / 2`` next and previous ones on the ring; then the far end of each edge is moved,
    with probability `rewire`, to a rank chosen at random. A few such edges are enough to make all paths short [1]_. A
    graph that falls apart is drawn again, a hundred times at most. Up to ``degree + 1`` workers each talks to all.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    degree
        Neighbours of each rank before any edge is moved, even and >= 2.
    rewire
        Probability with which an edge is moved, 0 to 1.
    seed
        Seed of the draw, >= 0: the same seed, the same graph.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers * degree / 2`` edges, connected.

    Raises
    ------
    FieldError
        If an argument is out of range, or no graph that is drawn is connected.

    Examples
    --------
    >>> sorted(small_world(8, 4, rewire=0.0, seed=0)[0])
    [1, 2, 6, 7]

    References
    ----------
    .. [1] D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature 393, 1998.
    """
    check_workers(workers)
    _check_fields(degree, rewire, seed)
    check_edges(workers, workers * min(degree, workers - 1) // 2)
    if degree >= workers - 1:
        return nx.complete_graph(workers)
    try:
        graph = nx.connected_watts_strogatz_graph(workers, degree, rewire, tries=DRAWS, seed=random.Random(seed))
    except nx.NetworkXError as error:
        raise FieldError(
            "rewire",
            f"none of {DRAWS} graphs of {workers} workers and degree {degree} is connected at {rewire}; "
            "move fewer edges, or give a higher degree",
        ) from error
    return undirected(workers, graph.edges)


def _check_fields(degree: int, rewire: float, seed: int) -> None:
    check("degree", degree, "give the number of near neighbours on the ring", at_least=2)
    if degree % 2:
        raise FieldError("degree", f"must be even, as many next as previous ranks, got {degree}; try {degree + 1}")
    check("rewire", rewire, "give the share of edges that lead anywhere", at_least=0.0, at_most=1.0)
    check("seed", seed, "give a whole number", at_least=0)


@dataclass
class SmallWorld(Weighted):
    """A ring of near neighbours with some long ways across it (Watts and Strogatz).

    Parameters
    ----------
    degree
        Neighbours of each rank before edges are moved, even, >= 2; up to degree + 1 workers talk to all.
    rewire
        Probability with which an edge leads anywhere instead (0 to 1).
    seed
        Seed of the graph, >= 0: it is the same in every replica.
    """

    degree: int = 4
    rewire: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        _check_fields(self.degree, self.rewire, self.seed)

    def graph(self, workers: int) -> nx.Graph:
        """See `small_world`."""
        return small_world(workers, self.degree, self.rewire, self.seed)

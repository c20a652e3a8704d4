"""Each rank sends to those 1, 2, 4, 8, ... further."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from topologies.communication import Topology
from topologies.communication.edges import directed
from topologies.mixing import uniform
from topologies.rounds import Periodic, Rounds
from topologies.size import check_edges, check_workers


def hops(workers: int) -> list[int]:
    """How much further the receivers are: ``2^k`` for ``k = 0 .. ceil(log2 workers) - 1``; a single worker has none.

    Examples
    --------
    >>> hops(6)
    [1, 2, 4]
    """
    check_workers(workers)
    return [1 << k for k in range((workers - 1).bit_length())]


def exponential(workers: int) -> nx.DiGraph:
    """Return the static exponential graph: rank i sends to ``i + 2^k``, modulo the number of workers.

    There are ``t = ceil(log2 workers)`` such k. With weights ``1 / (t + 1)`` the mixing matrix is circulant and doubly
    stochastic, and of an even number of workers its spectral gap is ``2 / (t + 1)``: as that of the hypercube, but for
    any number of workers [1]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.

    Returns
    -------
    networkx.DiGraph
        `workers` nodes and ``workers * ceil(log2 workers)`` directed edges.

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> sorted(exponential(6)[3])
    [1, 4, 5]

    References
    ----------
    .. [1] B. Ying, K. Yuan, Y. Chen, H. Hu, P. Pan and W. Yin, "Exponential graph is provably efficient for
       decentralized deep training", NeurIPS 2021.
    """
    steps = hops(workers)
    check_edges(workers, workers * len(steps))
    return directed(workers, ((rank, (rank + step) % workers) for rank in range(workers) for step in steps))


@dataclass
class Exponential(Topology):
    """Directed: each rank sends to those 1, 2, 4, 8, ... further."""

    def graph(self, workers: int) -> nx.DiGraph:
        """See `exponential`."""
        return exponential(workers)

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        return Periodic([uniform(self.graph(workers))])

"""Each rank talks to the next and the previous one."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.communication.weighted import Weighted
from topologies.size import check_workers


def ring(workers: int) -> nx.Graph:
    """Return the ring: rank ``r`` talks to ``r - 1`` and ``r + 1``, modulo the number of workers.

    Every rank has two neighbours (two workers: one; a single worker: none), so that what a rank sends per step does
    not grow with the number of workers; the spectral gap falls as its inverse square. The graph of D-PSGD [1]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.

    Returns
    -------
    networkx.Graph
        `workers` nodes and `workers` edges (two workers: one edge; a single worker: none).

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> sorted(ring(4).edges)
    [(0, 1), (0, 3), (1, 2), (2, 3)]

    References
    ----------
    .. [1] X. Lian et al., "Can decentralized algorithms outperform centralized algorithms? A case study for
       decentralized parallel stochastic gradient descent", NeurIPS 2017.
    """
    check_workers(workers)
    graph = nx.Graph()
    graph.add_nodes_from(range(workers))
    graph.add_edges_from((rank, (rank + 1) % workers) for rank in range(workers) if workers > 1)
    return graph


@dataclass
class Ring(Weighted):
    """Each rank talks to the next and the previous one."""

    def graph(self, workers: int) -> nx.Graph:
        """See `ring`."""
        return ring(workers)

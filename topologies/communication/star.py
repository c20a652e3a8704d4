"""All ranks talk to one."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.communication.edges import undirected
from topologies.communication.weighted import Weighted
from topologies.size import check_workers


def star(workers: int) -> nx.Graph:
    """Return the star: rank 0 talks to every other one, and those to rank 0 only.

    The fewest edges that connect the ranks, with the load of a parameter server on rank 0. With Metropolis weights the
    others keep nearly all of their own model: the spectral gap is ``1 / workers`` from three workers on [1]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers - 1`` edges.

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> sorted(star(4).edges)
    [(0, 1), (0, 2), (0, 3)]

    References
    ----------
    .. [1] L. Xiao, S. Boyd and S. Lall, "A scheme for robust distributed sensor fusion based on average consensus",
       IPSN 2005.
    """
    check_workers(workers)
    return undirected(workers, ((0, rank) for rank in range(1, workers)))


@dataclass
class Star(Weighted):
    """Rank 0 talks to all, the others to rank 0 only."""

    def graph(self, workers: int) -> nx.Graph:
        """See `star`."""
        return star(workers)

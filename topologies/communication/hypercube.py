"""Each rank talks to those whose number differs in one bit."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.communication.edges import undirected
from topologies.communication.weighted import Weighted
from topologies.field_error import FieldError
from topologies.size import check_edges, check_workers


def hypercube(workers: int) -> nx.Graph:
    """Return the hypercube: two ranks talk if the binary digits of their numbers differ in one place.

    Every rank has ``d = log2(workers)`` neighbours. With weights ``1 / (d + 1)`` the spectral gap is ``2 / (d + 1)``,
    which falls as slowly as the number of messages grows [1]_.

    Parameters
    ----------
    workers
        Number of ranks, a power of two.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers * log2(workers) / 2`` edges.

    Raises
    ------
    FieldError
        If `workers` is not a power of two.

    Examples
    --------
    >>> sorted(hypercube(8)[5])
    [1, 4, 7]

    References
    ----------
    .. [1] F. R. K. Chung, "Spectral graph theory", AMS 1997, chapter 1.
    """
    check_workers(workers)
    if workers & (workers - 1):
        above = 1 << workers.bit_length()
        raise FieldError(
            "workers", f"hypercube needs a power of two, got {workers}; try {above // 2} or {above}", full=True
        )
    bits = [1 << place for place in range(workers.bit_length() - 1)]
    check_edges(workers, workers * len(bits) // 2)
    return undirected(workers, ((rank, rank ^ bit) for rank in range(workers) for bit in bits))


@dataclass
class Hypercube(Weighted):
    """Each rank talks to those whose number differs in one bit; workers is a power of two."""

    def graph(self, workers: int) -> nx.Graph:
        """See `hypercube`."""
        return hypercube(workers)

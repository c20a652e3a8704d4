"""Each rank sends to one other: 1, 2, 4, 8, ... further, in turn."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from topologies.communication import Topology
from topologies.communication.edges import directed
from topologies.communication.exponential import exponential, hops
from topologies.mixing import uniform
from topologies.rounds import Periodic, Rounds


def one_peer_exponential(workers: int) -> list[nx.DiGraph]:
    """Return the one-peer exponential graphs: in round k rank i sends to ``i + 2^k``, modulo the number of workers.

    They are the edges of the static exponential graph in turn, and begin again after ``t = ceil(log2 workers)`` rounds.
    Each rank keeps half of its model and sends half, and of a power of two of workers t rounds make the exact average
    [1]_ [2]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.

    Returns
    -------
    list of networkx.DiGraph
        Of each round until they begin again: `workers` nodes and as many directed edges (a single worker: none).

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> [sorted(graph[3]) for graph in one_peer_exponential(6)]
    [[4], [5], [1]]

    References
    ----------
    .. [1] M. Assran, N. Loizou, N. Ballas and M. Rabbat, "Stochastic gradient push for distributed deep learning",
       ICML 2019, appendix A.
    .. [2] B. Ying, K. Yuan, Y. Chen, H. Hu, P. Pan and W. Yin, "Exponential graph is provably efficient for
       decentralized deep training", NeurIPS 2021, section 4.
    """
    turns = [directed(workers, ((rank, (rank + step) % workers) for rank in range(workers))) for step in hops(workers)]
    return turns or [directed(workers, ())]


@dataclass
class OnePeerExponential(Topology):
    """Directed, another one in each round: each rank sends to the one 1, 2, 4, 8, ... further, in turn."""

    def graph(self, workers: int) -> nx.DiGraph:
        """The edges of all rounds: the static exponential graph."""
        return exponential(workers)

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        """See `one_peer_exponential`."""
        return Periodic([uniform(graph) for graph in one_peer_exponential(workers)])

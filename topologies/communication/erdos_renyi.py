"""Any two ranks talk to each other with the same probability."""

from __future__ import annotations

import math
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


def erdos_renyi(workers: int, probability: float, seed: int) -> nx.Graph:
    """Return a connected random graph: each pair of ranks is an edge with the same probability, on its own.

    A graph that falls apart is drawn again, a hundred times at most. Large graphs are connected from a probability of
    ``ln(workers) / workers`` on, and hardly ever below [1]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    probability
        Of each edge, 0 to 1.
    seed
        Seed of the draw, >= 0: the same seed, the same graph.

    Returns
    -------
    networkx.Graph
        `workers` nodes and about ``probability * workers * (workers - 1) / 2`` edges, connected.

    Raises
    ------
    FieldError
        If an argument is out of range, or no graph that is drawn is connected.

    Examples
    --------
    >>> sorted(erdos_renyi(3, 1.0, seed=0).edges)
    [(0, 1), (0, 2), (1, 2)]

    References
    ----------
    .. [1] P. Erdős and A. Rényi, "On random graphs I", Publicationes Mathematicae Debrecen 6, 1959; E. N. Gilbert,
       "Random graphs", Annals of Mathematical Statistics 30, 1959.
    """
    check_workers(workers)
    _check_fields(probability, seed)
    check_edges(workers, round(probability * workers * (workers - 1) / 2))
    generator = random.Random(seed)
    for _ in range(DRAWS):
        graph = nx.fast_gnp_random_graph(workers, probability, seed=generator)
        if nx.is_connected(graph):
            return undirected(workers, graph.edges)
    raise FieldError(
        "probability",
        f"none of {DRAWS} graphs of {workers} workers is connected at {probability}; "
        f"give more than ln(workers) / workers = {math.log(workers) / workers:.2g}",
    )


def _check_fields(probability: float, seed: int) -> None:
    check("probability", probability, "give the probability of each edge", at_least=0.0, at_most=1.0)
    check("seed", seed, "give a whole number", at_least=0)


@dataclass
class ErdosRenyi(Weighted):
    """Any two ranks talk to each other with the same probability; all are connected.

    Parameters
    ----------
    probability
        Probability of each edge (0 to 1); large graphs need more than ln(workers) / workers.
    seed
        Seed of the graph, >= 0: it is the same in every replica.
    """

    probability: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        _check_fields(self.probability, self.seed)

    def graph(self, workers: int) -> nx.Graph:
        """See `erdos_renyi`."""
        return erdos_renyi(workers, self.probability, self.seed)

"""Communication graphs: which rank talks to which, whatever wires lie between them.

Each module holds one family: a function that makes the graph, and the option that a config names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx


@dataclass
class Topology(ABC):
    """Who talks to whom."""

    @abstractmethod
    def graph(self, workers: int) -> nx.Graph:
        """Make the communication graph.

        Parameters
        ----------
        workers
            Number of ranks, >= 1.

        Returns
        -------
        networkx.Graph
            Undirected simple graph on the ranks ``0 .. workers-1``; no attributes.

        Raises
        ------
        ValueError
            If the family has no graph of this size; the message starts with ``workers``, or with the field to change.
        """


def undirected(workers: int, edges: Iterable[tuple[int, int]]) -> nx.Graph:
    """Make the graph of these edges on the ranks ``0 .. workers-1``, everything in order.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    edges
        Pairs of different ranks; a pair that is there twice, either way round, counts once.

    Returns
    -------
    networkx.Graph
        The same, whatever the order of `edges`; no attributes.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(workers))
    graph.add_edges_from(sorted((min(edge), max(edge)) for edge in edges))
    return graph

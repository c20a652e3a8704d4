"""Communication graphs: which rank talks to which, whatever wires lie between them.

Each module holds one family: a function that makes the graph, and the option that a config names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
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
            If the family has no graph of this size; the message starts with ``workers``.
        """

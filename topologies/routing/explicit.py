"""Routes that are given."""

from __future__ import annotations

from itertools import pairwise

from topologies.routing import Edge
from topologies.routing.shortest import Shortest


class Explicit(Shortest):
    """The routes that the network lists; the shortest for pairs of hosts without one.

    Parameters
    ----------
    graph
        Annotated graph with its ``routes``: (source, target) -> the nodes of the way, both ends included. A route holds
        for its own direction only.

    Examples
    --------
    >>> import networkx as nx
    >>> square = nx.cycle_graph(4)
    >>> square.graph["routes"] = {(0, 1): [0, 3, 2, 1]}
    >>> Explicit(square).walk(0, 1), Explicit(square).walk(1, 0)
    ([(0, 3), (3, 2), (2, 1)], [(1, 0)])
    """

    def walk(self, source: int, target: int) -> list[Edge]:
        """See `Routing.walk`."""
        nodes = self.graph.graph["routes"].get((source, target))
        return super().walk(source, target) if nodes is None else list(pairwise(nodes))

"""Shortest routes; where several neighbours are equally near, the first."""

from __future__ import annotations

import networkx as nx

from topologies.connected import no_path
from topologies.routing import Edge, Node, Routing
from topologies.routing.nearer.form import nearer_in


class Shortest(Routing):
    """Shortest routes by number of links; of equally near neighbours the first in the order of the graph's nodes.

    All pairs then crowd on the first of several equal switches: a lower bound for what spreading them is worth.

    Parameters
    ----------
    graph
        Annotated graph; only nodes and edges matter here. A directed graph's links are walked in their direction only.

    Examples
    --------
    >>> Shortest(nx.cycle_graph(4)).walk(0, 2)
    [(0, 1), (1, 2)]
    """

    def __init__(self, graph: nx.Graph) -> None:
        super().__init__(graph)
        self._before = graph.pred if graph.is_directed() else graph.adj
        self._nearer = nearer_in(graph)

    def choose(self, edges: list[Edge], source: int, target: int, step: int) -> Edge:
        """Choose one of several `edges`, which lead equally near to `target`, after `step` links from `source`."""
        return edges[0]

    def walk(self, source: int, target: int) -> list[Edge]:
        """See `Routing.walk`."""
        # Every route to a host with one link ends with that link: the ways to its switch are those to all its hosts.
        before = self._before[target]
        last: list[Edge] = [(node, target) for node in before] if len(before) == 1 else []
        goal = last[0][0] if last else target
        route: list[Edge] = []
        node: Node = source
        while node != goal:
            edges = self._nearer.edges(node, goal)
            if not edges:
                raise no_path(self.graph, source, target)
            route.append(edges[0] if len(edges) == 1 else self.choose(edges, source, target, len(route)))
            node = route[-1][1]
        return route + last

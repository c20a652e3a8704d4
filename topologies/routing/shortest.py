"""Shortest routes; where several neighbours are equally near, the first."""

from __future__ import annotations

import networkx as nx

from topologies.connected import no_path
from topologies.routing import Edge, Node, Routing


class Shortest(Routing):
    """Shortest routes by number of links; of equally near neighbours the first in the order of the graph's nodes.

    All pairs then crowd on the first of several equal switches: a lower bound for what spreading them is worth.

    The search is done once per target, and once for all targets that hang on the same switch by their only link.

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
        before = graph.pred if graph.is_directed() else graph.adj
        self._position: dict[Node, int] = {node: position for position, node in enumerate(graph)}
        self._arriving: dict[Node, list[Edge]] = {node: [(other, node) for other in before[node]] for node in graph}
        self._nearer: dict[Node, dict[Node, list[Edge]]] = {}

    def choose(self, edges: list[Edge], source: int, target: int, step: int) -> Edge:
        """Choose one of several `edges`, which lead equally near to `target`, after `step` links from `source`."""
        return edges[0]

    def walk(self, source: int, target: int) -> list[Edge]:
        """See `Routing.walk`."""
        # Every route to a host with one link ends with that link, so its switch's search serves it.
        arriving = self._arriving[target]
        last = arriving if len(arriving) == 1 else []
        root = last[0][0] if last else target
        nearer = self._edges_nearer(root)
        route: list[Edge] = []
        node: Node = source
        while node != root:
            if node not in nearer:
                raise no_path(self.graph, source, target)
            edges = nearer[node]
            route.append(edges[0] if len(edges) == 1 else self.choose(edges, source, target, len(route)))
            node = route[-1][1]
        return route + last

    def _edges_nearer(self, root: Node) -> dict[Node, list[Edge]]:
        """For each node that reaches `root`: its edges that lead one link nearer, in the order of the graph's nodes."""
        nearer = self._nearer.get(root)
        if nearer is not None:
            return nearer
        nearer = self._nearer[root] = {root: []}
        layer: list[Node] = [root]
        while layer:
            found: dict[Node, list[Edge]] = {}
            for node in layer:
                for edge in self._arriving[node]:
                    if edge[0] not in nearer:
                        found.setdefault(edge[0], []).append(edge)
            nearer.update(found)
            layer = sorted(found, key=self._position.__getitem__)
        return nearer

"""Searched, on any network."""

from __future__ import annotations

from functools import cached_property

import networkx as nx

from topologies.routing import Edge, Node
from topologies.routing.nearer import Nearer


class Search(Nearer):
    """Breadth-first search backwards from the goal, once for each.

    Dead ends, such as hosts on one switch, are not searched: whoever starts there has one way to start.

    Parameters
    ----------
    graph
        Annotated graph; only nodes and edges matter here. A directed graph's links are walked in their direction only.

    Examples
    --------
    >>> Search(nx.cycle_graph(4)).edges(0, 2)
    [(0, 1), (0, 3)]
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._graph = graph
        self._position: dict[Node, int] = {node: position for position, node in enumerate(graph)}
        self._tables: dict[Node, dict[Node, list[Edge]]] = {}

    def edges(self, node: Node, goal: Node) -> list[Edge]:
        """See `Nearer.edges`."""
        table = self._tables.get(goal)
        if table is None:
            table = self._tables[goal] = self._search(goal)
        only = self._only.get(node)
        if only is None:
            return table.get(node, [])
        return [only] if only[1] in table else []

    def _search(self, goal: Node) -> dict[Node, list[Edge]]:
        """For each node that reaches `goal` and is no dead end: its edges one link nearer; none for itself."""
        nearer: dict[Node, list[Edge]] = {goal: []}
        layer: list[Node] = [goal]
        while layer:
            found: dict[Node, list[Edge]] = {}
            for node in layer:
                for edge in self._arriving[node]:
                    if edge[0] not in nearer:
                        found.setdefault(edge[0], []).append(edge)
            nearer.update(found)
            layer = sorted(found, key=self._position.__getitem__)
        return nearer

    @cached_property
    def _only(self) -> dict[Node, Edge]:
        """The one link of each dead end: there is no way through it."""
        graph = self._graph
        before, after = (graph.pred, graph.succ) if graph.is_directed() else (graph.adj, graph.adj)
        return {
            node: (node, other)
            for node in graph
            if len(after[node]) == 1
            for other in after[node]
            if all(one == other for one in before[node])
        }

    @cached_property
    def _arriving(self) -> dict[Node, list[Edge]]:
        """The edges to each node, but those out of dead ends."""
        before = self._graph.pred if self._graph.is_directed() else self._graph.adj
        return {node: [(other, node) for other in before[node] if other not in self._only] for node in self._graph}

"""The routes over what is left of a network whose links are down."""

from __future__ import annotations

from collections.abc import Collection

import networkx as nx

from topologies.routing import Edge
from topologies.routing.routes import routing_of
from topologies.routing.shortest import Shortest


class Remaining:
    """Routes that avoid links.

    The graph's own routing is asked over what is left. Where it names a link that is down all the same, as a route that
    is given, one by dimension or one through a dragonfly's groups may, the message takes the shortest way that is left.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).
    down
        Directed edges that are down.

    Examples
    --------
    >>> from topologies.networks.leaf_spine import leaf_spine
    >>> graph = leaf_spine(2, 2, 3, bandwidth=1.25e9, latency=5e-6, uplink_bandwidth=2.5e9)
    >>> Remaining(graph, [("leaf0", "spine0"), ("spine0", "leaf0")]).route(0, 3)
    [(0, 'leaf0'), ('leaf0', 'spine1'), ('spine1', 'leaf1'), ('leaf1', 3)]
    """

    def __init__(self, graph: nx.Graph, down: Collection[Edge]) -> None:
        self.graph = graph.copy()
        self.graph.remove_edges_from(list(down))
        self._own = routing_of(graph)(self.graph)
        self._shortest = Shortest(self.graph)

    def route(self, source: int, target: int) -> list[Edge] | None:
        """Return the directed edges from one host to another one, in the order walked; None if no way is left."""
        if not nx.has_path(self.graph, source, target):
            return None
        try:
            route = self._own.walk(source, target)
        except LookupError:  # a group that no link leads to any more
            route = []
        if route and all(self.graph.has_edge(*edge) for edge in route):
            return route
        return self._shortest.walk(source, target)

    def cut_off(self, hosts: Collection[int]) -> list[list[int]]:
        """The groups of `hosts` that reach each other but not the largest group; of equal ones the first counts.

        Parameters
        ----------
        hosts
            Hosts of the graph.
        """
        parts = nx.strongly_connected_components if self.graph.is_directed() else nx.connected_components
        part_of = {node: number for number, part in enumerate(parts(self.graph)) for node in part}
        groups: dict[int, list[int]] = {}
        for host in hosts:
            groups.setdefault(part_of[host], []).append(host)
        largest = max(groups.values(), key=len, default=[])
        return [group for group in groups.values() if group is not largest]

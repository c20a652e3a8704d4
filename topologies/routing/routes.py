"""The routes of a network."""

from __future__ import annotations

import networkx as nx

from topologies.field_error import FieldError
from topologies.options import options_in
from topologies.ranges import check_choice
from topologies.routing import Edge, Routing


class Routes:
    """The route of each pair of hosts, chosen as the graph's attribute ``routing`` says (``"ecmp"`` without one).

    A route depends on the network and the pair only: all messages of a pair take one route, which is the same in every
    process and whatever was asked before. A pair's two directions may take different routes. A route is kept once it
    has been asked for; links added to the graph later are not seen.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).

    Raises
    ------
    ValueError
        If there is no such routing.

    Examples
    --------
    >>> from topologies.networks.leaf_spine import leaf_spine
    >>> routes = Routes(leaf_spine(2, 2, 3, bandwidth=1.25e9, latency=5e-6, uplink_bandwidth=2.5e9))
    >>> routes.route(0, 2)
    [(0, 'leaf0'), ('leaf0', 2)]
    >>> routes.route(0, 3)
    [(0, 'leaf0'), ('leaf0', 'spine0'), ('spine0', 'leaf1'), ('leaf1', 3)]
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._graph = graph
        self._routing = routing_of(graph)(graph)
        self._routes: dict[tuple[int, int], list[Edge]] = {}

    def route(self, source: int, target: int) -> list[Edge]:
        """Return the directed edges from `source` to `target`, in the order walked.

        Parameters
        ----------
        source, target
            Hosts of the graph.

        Returns
        -------
        list of (node, node)
            Empty if `source` is `target`. The same list is returned each time: do not change it.

        Raises
        ------
        ValueError
            If a host is not in the graph, or no path joins the two.
        """
        known = self._routes.get((source, target))
        if known is None:
            for name, host in (("source", source), ("target", target)):
                if host not in self._graph:
                    raise FieldError(name, f"the network has no host {host}; give the number of one of its hosts")
            known = [] if source == target else self._routing.walk(source, target)
            self._routes[source, target] = known
        return known


def routing_of(graph: nx.Graph) -> type[Routing]:
    """The routing that a graph names: what the module of that name in this package defines.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).

    Raises
    ------
    ValueError
        If there is no such routing.
    """
    name = graph.graph.get("routing", "ecmp")
    routings = dict(options_in(Routing.__module__, Routing))
    check_choice("routing", name, list(routings))
    return routings[name]

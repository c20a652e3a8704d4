"""Which links a message walks: shortest paths, and equal-cost choices by hash (ECMP)."""

from __future__ import annotations

from typing import TypeAlias

import networkx as nx

Node: TypeAlias = int | str
Edge: TypeAlias = tuple[Node, Node]

_MASK = (1 << 64) - 1


def splitmix64(x: int) -> int:
    """Mix 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    Examples
    --------
    >>> hex(splitmix64(0))
    '0xe220a8397b1dcdaf'
    """
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


class Routes:
    """Shortest routes by number of links; where several neighbours are equally near, a hash of the pair chooses.

    The choice depends on (source, target, links walked so far) only: all messages of a pair take one route, as with
    the ECMP of real switches [1]_, successive tiers choose independently of each other, and a route is the same in
    every process and whatever was asked before. A pair's two directions may take different routes.

    The search is done once per target, and once for all targets that hang on the same switch by their only link; a
    route is kept once it has been asked for. Links added to the graph later are not seen.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`); only nodes and edges matter here. Equally near neighbours are
        numbered in the order of the graph's nodes.

    Examples
    --------
    >>> from topologies.networks.leaf_spine import leaf_spine
    >>> routes = Routes(leaf_spine(2, 2, 3, bandwidth=1.25e9, latency=5e-6, uplink_bandwidth=2.5e9))
    >>> routes.route(0, 2)
    [(0, 'leaf0'), ('leaf0', 2)]
    >>> routes.route(0, 3)
    [(0, 'leaf0'), ('leaf0', 'spine0'), ('spine0', 'leaf1'), ('leaf1', 3)]

    References
    ----------
    .. [1] C. Hopps, "Analysis of an equal-cost multi-path algorithm", RFC 2992, 2000.
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._position: dict[Node, int] = {node: position for position, node in enumerate(graph)}
        self._arriving: dict[Node, list[Edge]] = {
            node: [(neighbour, node) for neighbour in graph[node]] for node in graph
        }
        self._nearer: dict[Node, dict[Node, list[Edge]]] = {}
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
            known = self._routes[source, target] = self._walk(source, target)
        return known

    def _walk(self, source: int, target: int) -> list[Edge]:
        for name, host in (("source", source), ("target", target)):
            if host not in self._arriving:
                raise ValueError(f"{name}: the network has no host {host}; give the number of one of its hosts")
        if source == target:
            return []
        # Every route to a host with one link ends with that link, so its switch's search serves it.
        arriving = self._arriving[target]
        last = arriving if len(arriving) == 1 else []
        root = last[0][0] if last else target
        nearer = self._edges_nearer(root)
        route: list[Edge] = []
        node: Node = source
        while node != root:
            if node not in nearer:
                raise ValueError(
                    f"links: no path joins host {source} to host {target}; link their parts of the network"
                )
            edges = nearer[node]
            if len(edges) > 1:
                draw = splitmix64(splitmix64(splitmix64(source) ^ target) ^ len(route))
                edges = [edges[draw % len(edges)]]
            route += edges
            node = edges[0][1]
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

"""The direct way between the groups of a dragonfly."""

from __future__ import annotations

import networkx as nx

from topologies.routing import Edge, Node, Routing
from topologies.routing.draw import draw


class Minimal(Routing):
    """Minimal routes on a dragonfly: to the router with a link to the target's group, over it, to the target's router.

    At most one global link and one local link on either side of it [1]_. (A shortest path may be another one: through a
    third group, by two global links and one local.) Where several links join two groups, a hash of the pair chooses.

    Parameters
    ----------
    graph
        Annotated graph of hosts with one link each, whose switches carry the number of their ``group``; every two
        switches of a group are linked.

    Examples
    --------
    >>> from topologies.networks.dragonfly import dragonfly
    >>> Minimal(dragonfly(3, 2, 1, 1, bandwidth=1.25e9, latency=1e-6)).walk(0, 4)
    [(0, 'router0.0'), ('router0.0', 'router0.1'), ('router0.1', 'router2.0'), ('router2.0', 4)]

    References
    ----------
    .. [1] J. Kim, W. J. Dally, S. Scott and D. Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA
       2008, section 4.1.
    """

    def __init__(self, graph: nx.Graph) -> None:
        super().__init__(graph)
        self.group: dict[Node, int] = nx.get_node_attributes(graph, "group")
        self.groups = sorted(set(self.group.values()))
        self._gateways: dict[tuple[int, int], list[Edge]] = {}
        for one, other in graph.edges:
            if one in self.group and other in self.group and self.group[one] != self.group[other]:
                self._gateways.setdefault((self.group[one], self.group[other]), []).append((one, other))
                self._gateways.setdefault((self.group[other], self.group[one]), []).append((other, one))

    def legs(self, source: int, target: int) -> list[int]:
        """The groups that a message goes to, one after the other; the last is the target's."""
        return [self.group[self.router(target)]]

    def router(self, host: int) -> Node:
        """The router that a host hangs on."""
        router: Node = next(iter(self.graph[host]))
        return router

    def walk(self, source: int, target: int) -> list[Edge]:
        """See `Routing.walk`."""
        node, last = self.router(source), self.router(target)
        route: list[Edge] = [(source, node)]
        for leg, group in enumerate(self.legs(source, target)):
            if group != self.group[node]:
                gateways = self._gateways[self.group[node], group]
                exit_, entry = gateways[draw(source, target, leg) % len(gateways)]
                if exit_ != node:
                    route.append((node, exit_))
                route.append((exit_, entry))
                node = entry
        if node != last:
            route.append((node, last))
        return [*route, (last, target)]

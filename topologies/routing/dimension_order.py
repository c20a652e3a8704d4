"""One dimension of a torus after the other."""

from __future__ import annotations

import networkx as nx

from topologies.routing import Edge, Node, Routing


class DimensionOrder(Routing):
    """Dimension-ordered routes on a torus: each coordinate is put right before the next one, the shorter way round.

    Always shortest, and the order of dimensions leaves no cycle of links waiting for each other but the ring of each
    dimension itself, which is why machines use it [1]_; on a hypercube it is the e-cube routing. Half-way round, a
    message goes up from an even coordinate and down from an odd one, so that both directions carry the same.

    Parameters
    ----------
    graph
        Annotated graph with the sizes of its dimensions as ``shape``, whose nodes carry their ``coordinates``.

    Examples
    --------
    >>> from topologies.networks.torus import torus
    >>> DimensionOrder(torus([3, 3], bandwidth=1.25e9, latency=1e-6)).walk(0, 8)
    [(0, 6), (6, 8)]

    References
    ----------
    .. [1] W. J. Dally and C. L. Seitz, "Deadlock-free message routing in multiprocessor interconnection networks", IEEE
       Transactions on Computers C-36, 1987.
    """

    def __init__(self, graph: nx.Graph) -> None:
        super().__init__(graph)
        self._shape: tuple[int, ...] = graph.graph["shape"]
        self._coordinates: dict[Node, tuple[int, ...]] = nx.get_node_attributes(graph, "coordinates")
        self._node = {coordinates: node for node, coordinates in self._coordinates.items()}

    def walk(self, source: int, target: int) -> list[Edge]:
        """See `Routing.walk`."""
        route: list[Edge] = []
        node: Node = source
        here = list(self._coordinates[source])
        for axis, (size, goal) in enumerate(zip(self._shape, self._coordinates[target], strict=True)):
            step = _direction(here[axis], goal, size)
            while here[axis] != goal:
                here[axis] = (here[axis] + step) % size
                following = self._node[tuple(here)]
                route.append((node, following))
                node = following
        return route


def _direction(start: int, goal: int, size: int) -> int:
    """Up (1) or down (-1), whichever is shorter on a ring of `size`; half-way round as the start is even or odd."""
    up = (goal - start) % size
    if 2 * up == size:
        return 1 if start % 2 == 0 else -1
    return 1 if 2 * up < size else -1

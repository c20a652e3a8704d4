"""By coordinates, on tori: rings, meshes that close on themselves, hypercubes."""

from __future__ import annotations

import networkx as nx

from topologies.routing import Edge, Node
from topologies.routing.nearer import Nearer


class Grid(Nearer):
    """A coordinate that differs may come one nearer, the shorter way round; half-way round by either way.

    Parameters
    ----------
    graph
        Annotated graph with the sizes of its dimensions as ``shape``, whose nodes carry their ``coordinates``.

    Attributes
    ----------
    fits : bool
        Whether the graph is that torus, with all its links and no other.

    Examples
    --------
    >>> from topologies.networks.torus import torus
    >>> Grid(torus([4, 3], bandwidth=1.25e9, latency=1e-6)).edges(0, 8)
    [(0, 2), (0, 3), (0, 9)]
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._shape: tuple[int, ...] = graph.graph.get("shape", ())
        self._coordinates: dict[Node, tuple[int, ...]] = nx.get_node_attributes(graph, "coordinates")
        self._node = {coordinates: node for node, coordinates in self._coordinates.items()}
        self._position = {node: position for position, node in enumerate(graph)}
        self.fits = len(self._node) == len(graph) and not graph.is_directed() and self._has_all_links(graph)

    def edges(self, node: Node, goal: Node) -> list[Edge]:
        """See `Nearer.edges`."""
        here, there = self._coordinates[node], self._coordinates[goal]
        found = {
            self._node[self._moved(here, axis, step)]
            for axis, size in enumerate(self._shape)
            for step in _shorter((there[axis] - here[axis]) % size, size)
        }
        return [(node, other) for other in sorted(found, key=self._position.__getitem__)]

    def _moved(self, at: tuple[int, ...], axis: int, step: int) -> tuple[int, ...]:
        return (*at[:axis], (at[axis] + step) % self._shape[axis], *at[axis + 1 :])

    def _has_all_links(self, graph: nx.Graph) -> bool:
        """Whether every node is linked to those one step away, and to no other."""
        return all(
            graph.adj[node].keys()
            == {
                self._node.get(self._moved(at, axis, step))
                for axis, size in enumerate(self._shape)
                if size > 1
                for step in (1, -1)
            }
            for node, at in self._coordinates.items()
        )


def _shorter(up: int, size: int) -> tuple[int, ...]:
    """Up (1) or down (-1), whichever is shorter on a ring of `size` to what is `up` steps up; both half-way round."""
    if up == 0:
        return ()
    if 2 * up == size:
        return (1, -1)
    return (1,) if 2 * up < size else (-1,)

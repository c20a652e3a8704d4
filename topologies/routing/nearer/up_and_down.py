"""By tiers: up to where the goal is below, and down again."""

from __future__ import annotations

from collections.abc import Collection

import networkx as nx

from topologies.routing import Edge, Node
from topologies.routing.nearer.search import Search


class UpAndDown(Search):
    """On folded Clos networks: one switch, a leaf-spine, rails, a fat tree.

    Every host hangs on one *leaf*, and every link of a switch leads one tier up or down. What is linked below a tier
    are *blocks*: a leaf by itself, then a leaf's pod, then several pods. The switches of a tier that are above a block
    are above the same blocks, each of them above all, and make a larger block with these. So a message goes up, by any
    link, until it is in a block with the goal, and then down, by any link to the block where the goal is [1]_.

    Goals that are switches above leaves are searched.

    Parameters
    ----------
    graph
        Annotated graph; only nodes and edges matter here.

    Attributes
    ----------
    fits : bool
        Whether the network is as said above.

    Examples
    --------
    >>> from topologies.networks.fat_tree import fat_tree
    >>> tree = UpAndDown(fat_tree(4, bandwidth=1.25e9, latency=5e-6))
    >>> tree.edges("edge0.0", "edge3.1")
    [('edge0.0', 'aggregation0.0'), ('edge0.0', 'aggregation0.1')]
    >>> tree.edges("core3", "edge3.1")
    [('core3', 'aggregation3.1')]

    References
    ----------
    .. [1] C. E. Leiserson, "Fat-trees: universal networks for hardware-efficient supercomputing", IEEE Transactions on
       Computers C-34, 1985.
    """

    def __init__(self, graph: nx.Graph) -> None:
        super().__init__(graph)
        self._up: dict[Node, list[Edge]] = {node: [] for node in graph}
        self._down: dict[Node, dict[int, list[Edge]]] = {node: {} for node in graph}
        self._blocks: dict[Node, list[int]] = {}
        self.fits = not graph.is_directed() and self._hang_hosts() and self._climb()

    def edges(self, node: Node, goal: Node) -> list[Edge]:
        """See `Nearer.edges`."""
        blocks = self._blocks.get(goal)
        if blocks is None:
            return super().edges(node, goal)
        down = self._down[node]
        for block in blocks:
            if block in down:
                return down[block]
        return self._up[node]

    def _hang_hosts(self) -> bool:
        """Make whatever hosts hang on a leaf, and a block; False where a host has not one link, to a switch."""
        for node, links in self._graph.adj.items():
            if isinstance(node, int):
                leaf = next(iter(links), node)
                if len(links) != 1 or isinstance(leaf, int):
                    return False
                self._up[node].append((node, leaf))
                self._blocks.setdefault(leaf, [len(self._blocks)])
        return True

    def _climb(self) -> bool:
        """Make the blocks of one tier after the other; False where the links are not those of such a network."""
        block = {leaf: blocks[0] for leaf, blocks in self._blocks.items()}  # of each switch: what it is above, and it
        within: dict[int, int] = {}  # the larger block of each
        below: set[Node] = set()
        tier = self._in_order(block)
        while tier:
            above = self._in_order({other for node in tier for other in self._switches(node)} - below)
            if not block.keys().isdisjoint(above):
                return False  # a link within a tier
            self._link(tier, above, block)
            larger: dict[frozenset[int], int] = {}
            for node in above:
                parts = frozenset(self._down[node])
                block[node] = larger.setdefault(parts, len(block))
                if any(within.setdefault(part, block[node]) != block[node] for part in parts):
                    return False
            below, tier = set(tier), above
        for blocks in self._blocks.values():
            while blocks[-1] in within:
                blocks.append(within[blocks[-1]])
        return all(node in block for node in self._graph if not isinstance(node, int))

    def _link(self, tier: list[Node], above: list[Node], block: dict[Node, int]) -> None:
        """Note the links between two tiers."""
        for node in tier:
            for other in self._switches(node):
                if other not in block:
                    self._down[other].setdefault(block[node], []).append((other, node))
        for other in above:
            for edges in self._down[other].values():
                for _, node in edges:
                    self._up[node].append((node, other))

    def _switches(self, node: Node) -> list[Node]:
        return [other for other in self._graph.adj[node] if not isinstance(other, int)]

    def _in_order(self, nodes: Collection[Node]) -> list[Node]:
        return sorted(nodes, key=self._position.__getitem__)

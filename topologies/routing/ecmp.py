"""Shortest routes, spread over equal ones by hash."""

from __future__ import annotations

from topologies.routing import Edge
from topologies.routing.draw import draw
from topologies.routing.shortest import Shortest


class ECMP(Shortest):
    """Shortest routes by number of links; where several neighbours are equally near, a hash of the pair chooses.

    The choice depends on (source, target, links walked so far) only, as with the ECMP of real switches [1]_: successive
    tiers choose independently of each other. Equally near neighbours are numbered in the order of the graph's nodes.

    References
    ----------
    .. [1] C. Hopps, "Analysis of an equal-cost multi-path algorithm", RFC 2992, 2000.
    """

    def choose(self, edges: list[Edge], source: int, target: int, step: int) -> Edge:
        """See `Shortest.choose`."""
        return edges[draw(source, target, step) % len(edges)]

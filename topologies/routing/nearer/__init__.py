"""Which links lead nearer to a node.

A search answers it on every network, with a table of all switches for each node that is asked for. Networks of a known
form have a formula instead, which takes no memory: `nearer_in` finds out whether it is one of them, from the links
themselves, so that a network with a link missing is searched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from topologies.routing import Edge, Node


class Nearer(ABC):
    """The first links of all shortest ways."""

    @abstractmethod
    def edges(self, node: Node, goal: Node) -> list[Edge]:
        """The directed edges that lead from `node` one link nearer to another, `goal`.

        Returns
        -------
        list of (node, node)
            In the order of the graph's nodes; empty if no path joins the two. Not to be changed.
        """

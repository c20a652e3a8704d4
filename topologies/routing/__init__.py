"""Which links a message walks.

Each way of choosing is a module that holds a `Routing`; `Routes` asks the one that the network names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeAlias

import networkx as nx

Node: TypeAlias = int | str
Edge: TypeAlias = tuple[Node, Node]


class Routing(ABC):
    """One way of choosing routes over one network.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).
    """

    def __init__(self, graph: nx.Graph) -> None:
        self.graph = graph

    @abstractmethod
    def walk(self, source: int, target: int) -> list[Edge]:
        """Return the directed edges from `source` to another host, in the order walked; no node comes twice.

        Raises
        ------
        FieldError
            If no path joins the two.
        """

"""The ranks of a file: which node is which, and the edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import networkx as nx

from topologies.communication.edges import directed, undirected
from topologies.files import Drawing
from topologies.files.numbering import Name, in_order, names_of


class Ranks(NamedTuple):
    """The communication graph of a file.

    Attributes
    ----------
    directed : bool
        Whether edges lead from who sends to who receives only.
    names : list
        Of each rank, what the file calls it.
    edges : list
        Two ranks each, in the order of the file, with what it says of the edge.
    remarks : list of str
        How the file was understood.
    """

    directed: bool
    names: list[Name]
    edges: list[tuple[int, int, Mapping[str, object]]]
    remarks: list[str]

    @property
    def loops(self) -> int:
        """How many edges lead from a rank to itself."""
        return sum(one == other for one, other, _ in self.edges)

    def graph(self) -> nx.Graph | nx.DiGraph:
        """The graph, in which everybody reaches everybody; edges from a rank to itself are left out.

        Raises
        ------
        ValueError
            If a rank cannot reach another one.
        """
        names = self.names
        edges = [(one, other) for one, other, _ in self.edges if one != other]
        graph = directed(len(names), edges) if self.directed else undirected(len(names), edges)
        others = set(graph) - {0}
        remedy = "give an edge between their parts"
        if apart := others - nx.descendants(graph, 0):
            joins = "leads from" if self.directed else "joins"
            raise ValueError(f"no path {joins} node {names[0]} to node {names[min(apart)]}; {remedy}")
        if self.directed and (apart := others - nx.ancestors(graph, 0)):
            raise ValueError(f"no path leads from node {names[min(apart)]} to node {names[0]}; {remedy}")
        return graph


def ranks_of(drawing: Drawing) -> Ranks:
    """The ranks of what a file says: its nodes, in their order.

    Raises
    ------
    ValueError
        If there are none, two have one name, one is a switch, or an edge leads to a node that is not there.
    """
    for node in drawing.nodes:
        if node.attributes.get("kind") == "switch":
            raise ValueError(
                f"node {node.name!r} is a switch, which has no model; give this file as network.path, and as "
                "topology.path one of those that talk to each other"
            )
    names, order = in_order(names_of(drawing.nodes), "ranks")
    if not names:
        raise ValueError("has no ranks; give an edge for every two that talk to each other")
    number = {str(name): rank for rank, name in enumerate(names)}
    edges = []
    for link in drawing.links:
        for end in (link.source, link.target):
            if isinstance(end, bool) or not isinstance(end, int | str) or str(end) not in number:
                raise ValueError(f"edge {link.source}-{link.target}: there is no node {end}")
        edges.append((number[str(link.source)], number[str(link.target)], link.attributes))
    return Ranks(drawing.directed, names, edges, [*drawing.remarks, order])

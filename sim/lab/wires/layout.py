"""Where the ends of links are, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.field_error import FieldError
from topologies.routing import Node

#: Hosts and switches together; each is a namespace, and costs processes that set it up.
MOST_NODES = 256


@dataclass(frozen=True)
class End:
    """One end of a link: a virtual card.

    Parameters
    ----------
    node, peer
        Whose it is, and who is at the other end.
    number
        Number of the end, >= 1, of all ends.
    name
        Of the card, in the namespace of `node`.
    bandwidth
        What leaves by it (B/s), > 0; None: nothing does, because the link has no such direction.
    latency
        How long what leaves by it takes (s), >= 0.
    """

    node: Node
    peer: Node
    number: int
    name: str
    bandwidth: float | None
    latency: float

    @property
    def mac(self) -> str:
        """Its address on its link."""
        return f"02:70:6c:{self.number >> 16:02x}:{self.number >> 8 & 255:02x}:{self.number & 255:02x}"

    @property
    def gateway(self) -> str:
        """What a host calls it in its routes; no packet has it as source or destination."""
        return f"198.{18 + (self.number >> 16)}.{self.number >> 8 & 255}.{self.number & 255}"


class Layout:
    """The ends of all links of a network.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`); None for an ideal network, which is refused.

    Attributes
    ----------
    graph : networkx.Graph
        The same.
    hosts, switches : list of int, list of str
        The nodes, in the order of the graph.
    ends : dict of (node, node) to End
        The end of a link that is the first node's.

    Raises
    ------
    FieldError
        If no wires can be laid for the network; about the group.

    Examples
    --------
    >>> from topologies.networks.single_switch import single_switch
    >>> layout = Layout(single_switch(2, bandwidth=6.25e6, latency=0.0))
    >>> layout.ends[0, "switch"].name, layout.ends["switch", 1].name, layout.address(1)
    ('eth0', 'port1', '10.77.0.2')
    """

    def __init__(self, graph: nx.Graph | None) -> None:
        if graph is None:
            raise FieldError("network", "an ideal one has no links to lay; choose single_switch", full=True)
        check_wires(graph)
        self.graph = graph
        kinds = graph.nodes(data="kind")
        self.hosts: list[int] = [node for node, kind in kinds if kind == "host"]
        self.switches: list[str] = [node for node, kind in kinds if kind != "host"]
        self.ends: dict[tuple[Node, Node], End] = {}
        cards: dict[Node, int] = dict.fromkeys(graph, 0)
        for one, other in graph.edges:
            for node, peer in ((one, other), (other, one)):
                if (node, peer) not in self.ends:
                    self.ends[node, peer] = self._end(node, peer, cards[node])
                    cards[node] += 1

    def _end(self, node: Node, peer: Node, card: int) -> End:
        link = self.graph.get_edge_data(node, peer)
        kind = "eth" if self.graph.nodes[node]["kind"] == "host" else "port"
        return End(
            node,
            peer,
            len(self.ends) + 1,
            f"{kind}{card}",
            None if link is None else float(link["bandwidth"]),
            0.0 if link is None else float(link["latency"]),
        )

    def of(self, node: Node) -> list[End]:
        """The ends that are a node's, by their cards' numbers."""
        return [end for (own, _), end in self.ends.items() if own == node]

    def address(self, host: int) -> str:
        """The address of a host."""
        return f"10.77.{(host + 1) >> 8}.{(host + 1) & 255}"


def check_wires(graph: nx.Graph) -> None:
    """Refuse a network for which no wires can be laid.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).

    Raises
    ------
    FieldError
        If it is too large, or a link is inside a machine or one for both directions.
    """
    if len(graph) > MOST_NODES:
        raise FieldError(
            "network",
            f"has {len(graph)} hosts and switches, and the lab lays wires for {MOST_NODES}; give a smaller one",
            full=True,
        )
    for one, other, link in graph.edges(data=True):
        if link.get("inside", False):
            raise FieldError(
                "network",
                f"link {one}-{other} is inside a machine, and the lab has none; give links between machines only",
                full=True,
            )
        if link.get("duplex") == "shared":
            raise FieldError(
                "network",
                f"the directions of link {one}-{other} share it, which the lab cannot do; give duplex=split",
                full=True,
            )

"""Machines: hosts that reach each other without the network, over links inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import networkx as nx

from topologies.routing import Edge


class Cards:
    """The network cards that each link of a network is plugged into.

    A card joins a machine, or a host that is one by itself, to the network. Links between switches have none, nor have
    those inside machines. A link with the attribute ``cards`` is a bundle of the links of so many cards.

    Parameters
    ----------
    graph
        Annotated graph of the network (see `topologies.networks`).
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._graph = graph
        self._ends = {node for node, kind in graph.nodes(data="kind") if kind == "host"}
        for one, other, inside in graph.edges(data="inside", default=False):
            if inside:
                self._ends |= {one, other}

    def of(self, edge: Edge) -> int:
        """Number of cards of a link; 0 where it leads to none.

        Examples
        --------
        >>> from topologies.networks.gpu_pod import gpu_pod
        >>> cards = Cards(gpu_pod(2, 4, 2, 1e9, 1e-6, intra_bandwidth=1e11, intra_latency=1e-7))
        >>> cards.of((0, "machine0")), cards.of(("machine0", "rail1"))
        (0, 1)
        """
        if is_inside(self._graph, edge) or self._ends.isdisjoint(edge):
            return 0
        number: int = self._graph.edges[edge].get("cards", 1)
        return number


class Machines(NamedTuple):
    """Which of some places share a machine, and how machines hang on the network.

    Attributes
    ----------
    of : tuple of int
        The machine of each place, numbered in the order in which the places name them first.
    rails : int
        Links that join a machine to the network, one network card each; of the machine that has fewest. 1 where every
        host is a machine of its own.
    """

    of: tuple[int, ...]
    rails: int


def is_inside(graph: nx.Graph, edge: Edge) -> bool:
    """Whether an edge is a link inside a machine (NVLink, PCIe), which no transport protocol passes.

    Examples
    --------
    >>> from topologies.networks.gpu_pod import gpu_pod
    >>> pod = gpu_pod(2, 4, 2, 1e9, 1e-6, intra_bandwidth=1e11, intra_latency=1e-7)
    >>> is_inside(pod, (0, "machine0")), is_inside(pod, ("machine0", "rail1"))
    (True, False)
    """
    inside: bool = graph.edges[edge].get("inside", False)
    return inside


def machines_of(graph: nx.Graph | None, hosts: Sequence[int]) -> Machines:
    """Return the machines of some hosts.

    A machine is what links inside join: its hosts and the switches between them. A host without such a link is one by
    itself.

    Parameters
    ----------
    graph
        Annotated graph of the network (see `topologies.networks`); None for an ideal one, in which each host is a
        machine.
    hosts
        The hosts, some perhaps several times.

    Examples
    --------
    >>> from topologies.networks.gpu_pod import gpu_pod
    >>> pod = gpu_pod(2, 4, 2, 1e9, 1e-6, intra_bandwidth=1e11, intra_latency=1e-7)
    >>> machines_of(pod, [5, 4, 0, 1])
    Machines(of=(0, 0, 1, 1), rails=2)
    """
    inner = nx.Graph()
    inner.add_nodes_from(hosts)
    if graph is not None:
        inner.add_edges_from((one, other) for one, other, inside in graph.edges(data="inside", default=False) if inside)
    asked = {*hosts}
    parts = [part for part in nx.connected_components(inner) if not part.isdisjoint(asked)]
    part_of = {node: number for number, part in enumerate(parts) for node in part}
    numbers: dict[int, int] = {}
    of = tuple(numbers.setdefault(part_of[host], len(numbers)) for host in hosts)
    several = graph is not None and any(len(part) > 1 for part in parts)
    return Machines(of, min(_cards(graph, part) for part in parts) if several else 1)


def _cards(graph: nx.Graph, part: set[object]) -> int:
    """Links that lead out of a machine; 1 at least, for one that is a network by itself."""
    return max(1, sum(other not in part for node in part for other in graph.adj[node]))

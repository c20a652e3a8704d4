"""The wires: a physical network's directed resources, and the way of each pair of hosts over them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError
from topologies.machines import Cards
from topologies.routing import Edge
from topologies.routing.routes import Routes


@dataclass(frozen=True)
class Way:
    """What a message from one host to another meets.

    Parameters
    ----------
    edges
        Numbers of the directed edges it walks, in order.
    resources
        Numbers of the resources that these use.
    latency
        Sum of the latencies of its links (s).
    inside
        Whether it stays inside one machine, or one host.
    """

    edges: tuple[int, ...]
    resources: tuple[int, ...]
    latency: float
    inside: bool


class Wires:
    """The resources of an annotated graph (see `topologies.networks`).

    A link with ``duplex="split"`` is a resource in each direction, one with ``duplex="shared"`` a single resource. Each
    arc of a directed graph is a resource.

    Parameters
    ----------
    graph
        Annotated graph; None for an ideal network: no resource, no latency.

    Attributes
    ----------
    edges : list of (node, node)
        The directed edges, by number: both directions of a link.
    capacity : float64[resources]
        Line rate of each resource (B/s).
    number : dict
        Number of each directed edge.
    resource : int64[edges]
        Resource of each directed edge.
    inside : bool[resources]
        Whether each resource is a link inside a machine.

    Raises
    ------
    FieldError
        If a link's bandwidth is not positive, its latency not finite and >= 0, or its duplex unknown.
    """

    def __init__(self, graph: nx.Graph | None) -> None:
        self.edges: list[Edge] = []
        self._graph = graph
        self._latency: list[float] = []
        self._ways: dict[tuple[int, int], Way] = {}
        self._routes = None if graph is None else Routes(graph)
        capacity: list[float] = []
        resource: list[int] = []
        inside: list[bool] = []
        for edge, link, shares in () if graph is None else _directed_edges(graph):
            if not shares:
                capacity.append(float(link["bandwidth"]))
                inside.append(link.get("inside", False))
            self.edges.append(edge)
            self._latency.append(float(link["latency"]))
            resource.append(len(capacity) - 1)
        self.capacity: NDArray[np.float64] = np.array(capacity)
        self.resource: NDArray[np.int64] = np.array(resource, np.int64)
        self.inside: NDArray[np.bool_] = np.array(inside, np.bool_)
        self.number = {edge: number for number, edge in enumerate(self.edges)}

    @cached_property
    def cards(self) -> NDArray[np.int64]:
        """Network cards of each resource, 0 where it is no card's link; int64[resources]."""
        found = np.zeros(len(self.capacity), np.int64)
        if self._graph is not None:
            cards = Cards(self._graph)
            found[self.resource] = [cards.of(edge) for edge in self.edges]
        return found

    def payload(
        self, efficiency: float, card_cap: float = math.inf, taken: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """What each resource has for payload (B/s); float64[resources].

        Parameters
        ----------
        efficiency
            Share of a link's bandwidth that is left for payload; of a link inside a machine all is.
        card_cap
            The most that a network card moves (B/s); infinite without a cap.
        taken : float64[edges]
            Share of each edge that others take; None: nobody does.
        """
        free = np.ones(len(self.capacity))
        if taken is not None:
            np.minimum.at(free, self.resource, 1.0 - taken)
        left = self.capacity * (np.where(self.inside, 1.0, efficiency) * free)
        if card_cap == math.inf:
            return left
        return np.where(self.cards > 0, np.minimum(left, self.cards * card_cap), left)

    def way(self, source: int, target: int) -> Way:
        """Return the way from host `source` to host `target`; an empty one within a host or on an ideal network.

        Raises
        ------
        FieldError
            If the network has no such host, or no path joins the two.
        """
        way = self._ways.get((source, target))
        if way is None:
            way = self._ways[source, target] = self._way(source, target)
        return way

    def _way(self, source: int, target: int) -> Way:
        if self._routes is None or source == target:
            return Way((), (), 0.0, inside=source == target)
        return self.over(self._routes.route(source, target))

    def over(self, route: list[Edge]) -> Way:
        """Return the way that walks the directed edges of a `route`."""
        edges = tuple(self.number[edge] for edge in route)
        resources = self.resource[list(edges)]
        return Way(
            edges,
            tuple(resources.tolist()),
            latency=sum(self._latency[edge] for edge in edges),
            inside=bool(self.inside[resources].all()),
        )


def _directed_edges(graph: nx.Graph) -> Iterator[tuple[Edge, dict[str, Any], bool]]:
    """Each directed edge with its link's attributes, and whether it uses the resource of the edge before it."""
    for one, other, link in graph.edges(data=True):
        bandwidth, latency = float(link["bandwidth"]), float(link["latency"])
        if not bandwidth > 0:
            raise FieldError("bandwidth", f"must be positive, got {bandwidth} B/s on link {one}-{other}")
        if not 0 <= latency < math.inf:
            raise FieldError("latency", f"must be finite and >= 0, got {latency} s on link {one}-{other}")
        yield (one, other), link, False
        if graph.is_directed():
            continue
        if link["duplex"] not in ("split", "shared"):
            raise FieldError("duplex", f"must be split or shared, got {link['duplex']!r} on link {one}-{other}")
        yield (other, one), link, link["duplex"] == "shared"

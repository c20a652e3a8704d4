"""The wires: a physical network's directed resources, and the way of each pair of hosts over them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from topologies.routing import Routes


@dataclass(frozen=True)
class Way:
    """What a message from one host to another meets.

    Parameters
    ----------
    resources
        Numbers of the directed resources it uses, in the order walked.
    latency
        Sum of the latencies of its links (s).
    """

    resources: tuple[int, ...]
    latency: float


class Wires:
    """The resources of an annotated graph (see `topologies.networks`).

    A link with ``duplex="split"`` is a resource in each direction, one with ``duplex="shared"`` a single resource.

    Parameters
    ----------
    graph
        Annotated graph; None for an ideal network: no resource, no latency.

    Raises
    ------
    ValueError
        If a link's bandwidth is not positive, its latency not finite and >= 0, or its duplex unknown.
    """

    def __init__(self, graph: nx.Graph | None) -> None:
        self.capacity: NDArray[np.float64] = np.empty(0)  # of each resource (B/s)
        self._latency: dict[tuple[object, object], float] = {}
        self._resource: dict[tuple[object, object], int] = {}
        self._routes = None if graph is None else Routes(graph)
        if graph is not None:
            self._number(graph)

    def _number(self, graph: nx.Graph) -> None:
        capacity: list[float] = []
        for one, other, link in graph.edges(data=True):
            bandwidth, latency, duplex = float(link["bandwidth"]), float(link["latency"]), link["duplex"]
            if not bandwidth > 0:
                raise ValueError(f"bandwidth: must be positive, got {bandwidth} B/s on link {one}-{other}")
            if not 0 <= latency < math.inf:
                raise ValueError(f"latency: must be finite and >= 0, got {latency} s on link {one}-{other}")
            if duplex not in ("split", "shared"):
                raise ValueError(f"duplex: must be split or shared, got {duplex!r} on link {one}-{other}")
            self._latency[one, other] = self._latency[other, one] = latency
            self._resource[one, other] = len(capacity)
            self._resource[other, one] = len(capacity) + (duplex == "split")
            capacity += [bandwidth] * (2 if duplex == "split" else 1)
        self.capacity = np.array(capacity)

    def way(self, source: int, target: int) -> Way:
        """Return the way from host `source` to host `target`; an empty one within a host or on an ideal network.

        Raises
        ------
        ValueError
            If the network has no such host, or no path joins the two.
        """
        if self._routes is None or source == target:
            return Way((), 0.0)
        route = self._routes.route(source, target)
        return Way(tuple(self._resource[edge] for edge in route), sum(self._latency[edge] for edge in route))

"""Shortest routes over the rail that serves the target."""

from __future__ import annotations

import networkx as nx

from topologies.routing import Edge
from topologies.routing.shortest import Shortest


class Rail(Shortest):
    """Shortest routes by number of links; where several rails are equally near, the one that serves the target.

    A GPU hands what is meant for another rail to that rail's card inside its own machine, over NVLink, so that no
    message changes rails outside: NCCL's PXN [1]_. Among GPUs of one rail it is simply the card that serves both.

    Parameters
    ----------
    graph
        Annotated graph whose GPUs and rail switches carry their number as ``rail``.

    Examples
    --------
    >>> from topologies.networks.gpu_pod import gpu_pod
    >>> pod = gpu_pod(2, 2, 2, 1e9, 1e-6, intra_bandwidth=1e11, intra_latency=1e-7)
    >>> Rail(pod).walk(0, 3)
    [(0, 'machine0'), ('machine0', 'rail1'), ('rail1', 'machine1'), ('machine1', 3)]

    References
    ----------
    .. [1] K. Mandakolathur and S. Jeaugey, "Doubling all2all performance with NVIDIA Collective Communication Library
       2.12", NVIDIA technical blog, 2022.
    """

    def __init__(self, graph: nx.Graph) -> None:
        super().__init__(graph)
        self._rail = nx.get_node_attributes(graph, "rail")

    def choose(self, edges: list[Edge], source: int, target: int, step: int) -> Edge:
        """See `Shortest.choose`."""
        own = self._rail.get(target)
        return next((edge for edge in edges if self._rail.get(edge[1]) == own), edges[0])

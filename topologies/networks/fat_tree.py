"""Three tiers of equal switches: edge, aggregation and core."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.field_error import FieldError
from topologies.link import check_link, check_link_fields
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.routing import Edge
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def fat_tree(k: int, bandwidth: float, latency: float) -> nx.Graph:
    """Return the k-ary fat tree: a three-tier folded Clos network of equal switches with `k` ports.

    Each of `k` pods holds ``k / 2`` edge and ``k / 2`` aggregation switches, every edge switch linked to every
    aggregation switch; each edge switch carries ``k / 2`` hosts; core ``c`` is linked to aggregation switch
    ``c // (k / 2)`` of every pod [1]_. All links are equal and the network is rearrangeably non-blocking: two hosts of
    different pods have ``(k / 2) ** 2`` shortest paths of six links.

    Parameters
    ----------
    k
        Ports of each switch, even, >= 2.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``k ** 3 / 4`` hosts, ``5 * k ** 2 / 4`` switches and ``3 * k ** 3 / 4`` links.

    Raises
    ------
    FieldError
        If an argument is out of range, or `k` is odd.

    Examples
    --------
    >>> G = fat_tree(2, bandwidth=1.25e9, latency=5e-6)
    >>> list(G)
    [0, 1, 'edge0.0', 'edge1.0', 'aggregation0.0', 'aggregation1.0', 'core0']
    >>> list(G["core0"])
    ['aggregation0.0', 'aggregation1.0']

    References
    ----------
    .. [1] M. Al-Fares, A. Loukissas and A. Vahdat, "A scalable, commodity data center network architecture", SIGCOMM
       2008, section 3.
    """
    _check_ports(k, "give the ports of one switch")
    check_link(bandwidth, latency)
    check_size(k**3 // 4, 5 * k**2 // 4, 3 * k**3 // 4, k=k)
    half = k // 2
    tier = [(pod, switch) for pod in range(k) for switch in range(half)]
    graph = nx.Graph()
    graph.add_nodes_from(range(k * half * half), kind="host")
    graph.add_nodes_from((f"edge{pod}.{switch}" for pod, switch in tier), kind="switch")
    graph.add_nodes_from((f"aggregation{pod}.{switch}" for pod, switch in tier), kind="switch")
    graph.add_nodes_from((f"core{core}" for core in range(half * half)), kind="switch")
    ports = [(pod, switch, port) for pod, switch in tier for port in range(half)]
    links: list[Edge] = [(host, f"edge{pod}.{switch}") for host, (pod, switch, _) in enumerate(ports)]
    links += [(f"edge{pod}.{switch}", f"aggregation{pod}.{port}") for pod, switch, port in ports]
    links += [(f"aggregation{pod}.{switch}", f"core{half * switch + port}") for pod, switch, port in ports]
    graph.add_edges_from(links, bandwidth=bandwidth, latency=latency, duplex="split")
    return graph


def _check_ports(k: int, remedy: str) -> None:
    check("k", k, remedy, at_least=2)
    if k % 2:
        raise FieldError("k", f"must be even, got {k}; try {k - 1} or {k + 1}")


@dataclass
class FatTree(Network):
    """Three tiers of equal switches with k ports: k^3 / 4 hosts at full bisection bandwidth.

    Parameters
    ----------
    k
        Ports of each switch, even, >= 2; None: the fewest that are enough.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0; a message between two pods pays it six times.
    routing
        Which of the equal routes a message takes: ecmp (by hash of the pair) or shortest (the first). They differ in
        the aggregation and core switch.
    """

    k: int | None = None
    bandwidth_gbps: float = 10.0
    latency_us: float = 5.0
    routing: str = "ecmp"

    def __post_init__(self) -> None:
        if self.k is not None:
            _check_ports(self.k, "give the ports of one switch, or null for the fewest that are enough")
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check_choice("routing", self.routing, ("ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of the fat tree of `self.k`, or of the smallest with `hosts` hosts; see `Network.graph`."""
        needed = 2
        while needed**3 // 4 < hosts:
            needed += 2
        k = needed if self.k is None else self.k
        if k < needed:
            raise TooFewHosts(
                "k",
                hosts,
                f"a fat tree of {k}-port switches has {k**3 // 4}; "
                f"give {needed} or more, or null for the fewest ports that are enough",
            )
        graph = fat_tree(k, bytes_per_second(self.bandwidth_gbps), seconds(self.latency_us))
        graph.graph["routing"] = self.routing
        return graph

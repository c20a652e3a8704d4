"""Every host linked to those whose number differs in one bit."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.field_error import FieldError
from topologies.link import check_link_fields
from topologies.networks import Network
from topologies.networks.torus import torus
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def hypercube(hosts: int, bandwidth: float, latency: float) -> nx.Graph:
    """Return the hypercube: two hosts are linked if the binary digits of their numbers differ in one place.

    A direct network, the torus of ``log2(hosts)`` dimensions of size 2: the hosts forward what is not meant for them.
    Two hosts are as many links apart as digits differ; half of all hosts can send to the other half at full rate [1]_.

    Parameters
    ----------
    hosts
        Number of hosts, a power of two.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of `hosts` hosts and ``hosts * log2(hosts) / 2`` links. The nodes carry their binary digits as
        ``coordinates``, the highest first; the graph the ``shape`` of a torus.

    Raises
    ------
    FieldError
        If an argument is out of range, or `hosts` is not a power of two.

    Examples
    --------
    >>> sorted(hypercube(8, bandwidth=1.25e9, latency=1e-6)[5])
    [1, 4, 7]

    References
    ----------
    .. [1] C. L. Seitz, "The cosmic cube", Communications of the ACM 28, 1985.
    """
    _check_power(hosts, "give the number of hosts")
    dimensions = hosts.bit_length() - 1
    check_size(hosts, 0, hosts * dimensions // 2, hosts=hosts)
    return torus([2] * dimensions or [1], bandwidth, latency)


def _check_power(hosts: int, remedy: str) -> None:
    check("hosts", hosts, remedy, at_least=1)
    if hosts & (hosts - 1):
        above = 1 << hosts.bit_length()
        raise FieldError("hosts", f"hypercube needs a power of two, got {hosts}; try {above // 2} or {above}")


@dataclass
class Hypercube(Network):
    """Every host linked to those whose number differs in one bit; hosts forward each other's messages.

    Parameters
    ----------
    hosts
        Number of hosts, a power of two; None: the smallest that is enough.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0.
    routing
        dimension_order (e-cube), ecmp (by hash of the pair, over all shortest routes) or shortest. E-cube changes the
        highest differing bit first; ``shortest`` takes the first of the shortest routes.
    """

    hosts: int | None = None
    bandwidth_gbps: float = 100.0
    latency_us: float = 1.0
    routing: str = "dimension_order"

    def __post_init__(self) -> None:
        if self.hosts is not None:
            _check_power(self.hosts, "give the number of hosts, or null for the smallest power of two that is enough")
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check_choice("routing", self.routing, ("dimension_order", "ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.hosts` hosts, or of the next power of two; see `Network.graph`."""
        needed = 1 << (hosts - 1).bit_length()
        available = needed if self.hosts is None else self.hosts
        if available < hosts:
            raise TooFewHosts(
                "hosts",
                hosts,
                f"the hypercube has {available}; "
                f"give {needed} or more, or null for the smallest power of two that is enough",
            )
        graph = hypercube(available, bytes_per_second(self.bandwidth_gbps), seconds(self.latency_us))
        graph.graph["routing"] = self.routing
        return graph

"""Every host linked to the next and the previous one."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.link import check_link_fields
from topologies.networks import Network
from topologies.networks.torus import torus
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def ring(hosts: int, bandwidth: float, latency: float) -> nx.Graph:
    """Return the ring: host ``h`` is linked to ``h - 1`` and ``h + 1``, modulo the number of hosts.

    A direct network, the torus of one dimension: the hosts forward what is not meant for them. Nothing is cheaper that
    survives a broken link, and nothing has less bisection bandwidth: two links, whatever the number of hosts [1]_.

    Parameters
    ----------
    hosts
        Number of hosts, >= 1.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of `hosts` hosts and `hosts` links (two hosts: one link; a single host: none), with the
        ``coordinates`` and the ``shape`` of a torus.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> sorted(ring(4, bandwidth=1.25e9, latency=1e-6).edges)
    [(0, 1), (0, 3), (1, 2), (2, 3)]

    References
    ----------
    .. [1] W. J. Dally and B. Towles, "Principles and practices of interconnection networks", 2004, chapter 5.
    """
    check("hosts", hosts, "give the number of hosts", at_least=1)
    check_size(hosts, 0, hosts, hosts=hosts)
    return torus([hosts], bandwidth, latency)


@dataclass
class Ring(Network):
    """Every host linked to the next and the previous one; hosts forward each other's messages.

    Parameters
    ----------
    hosts
        Number of hosts, >= 1; None: as many as needed.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0.
    routing
        Way to the opposite host: dimension_order (up from even hosts), ecmp (by hash) or shortest. Both ways to it are
        equally long: ``dimension_order`` leads up from even hosts and down from odd ones, ``ecmp`` goes by hash of the
        pair, ``shortest`` leads over the host of lower number.
    """

    hosts: int | None = None
    bandwidth_gbps: float = 100.0
    latency_us: float = 1.0
    routing: str = "dimension_order"

    def __post_init__(self) -> None:
        check("hosts", self.hosts, "give the number of hosts, or null for as many as needed", at_least=1)
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check_choice("routing", self.routing, ("dimension_order", "ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.hosts` hosts, or of exactly `hosts` if that is None; see `Network.graph`."""
        available = hosts if self.hosts is None else self.hosts
        if available < hosts:
            raise TooFewHosts(
                "hosts", hosts, f"the ring has {available}; give {hosts} or more, or null for as many as needed"
            )
        graph = ring(available, bytes_per_second(self.bandwidth_gbps), seconds(self.latency_us))
        graph.graph["routing"] = self.routing
        return graph

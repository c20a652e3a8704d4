"""All hosts on one switch."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.link import bundled, check_link, check_link_fields, check_nics
from topologies.networks import Network
from topologies.ranges import check
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def single_switch(hosts: int, bandwidth: float, latency: float) -> nx.Graph:
    """Return the star of hosts around one non-blocking switch.

    Each host has one full-duplex link to the node ``"switch"``, which itself limits nothing: flows compete for the
    links of their two ends only. This "big switch" is the customary first model of a rack, or of a whole datacentre
    with full bisection bandwidth [1]_.

    Parameters
    ----------
    hosts
        Number of hosts, >= 1.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite; a message between two hosts pays it twice.

    Returns
    -------
    networkx.Graph
        Annotated graph of `hosts` hosts, one switch and `hosts` links.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> G = single_switch(3, bandwidth=1.25e9, latency=5e-6)
    >>> list(G)
    [0, 1, 2, 'switch']
    >>> G.edges[0, "switch"]
    {'bandwidth': 1250000000.0, 'latency': 5e-06, 'duplex': 'split'}

    References
    ----------
    .. [1] M. Chowdhury, Y. Zhong and I. Stoica, "Efficient coflow scheduling with Varys", SIGCOMM 2014, section 3.
    """
    check("hosts", hosts, "give the number of hosts", at_least=1)
    check_link(bandwidth, latency)
    check_size(hosts, 1, hosts, hosts=hosts)
    graph = nx.Graph()
    graph.add_nodes_from(range(hosts), kind="host")
    graph.add_node("switch", kind="switch")
    graph.add_edges_from(
        ((host, "switch") for host in range(hosts)), bandwidth=bandwidth, latency=latency, duplex="split"
    )
    return graph


@dataclass
class SingleSwitch(Network):
    """Every host on one non-blocking switch.

    The switch limits nothing but its ports.

    Parameters
    ----------
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0; a message between two hosts pays it twice.
    hosts
        Ports of the switch, >= 1; None: as many as needed.
    nics
        Network cards of each host, whose links carry its messages together, 1 to 64.
    """

    bandwidth_gbps: float = 10.0
    latency_us: float = 5.0
    hosts: int | None = None
    nics: int = 1

    def __post_init__(self) -> None:
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check("hosts", self.hosts, "give the number of hosts, or null for as many as needed", at_least=1)
        check_nics(self.nics)

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.hosts` hosts, or of exactly `hosts` if that is None; see `Network.graph`."""
        available = hosts if self.hosts is None else self.hosts
        if available < hosts:
            raise TooFewHosts(
                "hosts", hosts, f"the switch has {available}; give {hosts} or more, or null for as many as needed"
            )
        graph = single_switch(available, self.nics * bytes_per_second(self.bandwidth_gbps), seconds(self.latency_us))
        return bundled(graph, self.nics)

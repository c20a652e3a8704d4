"""Sites far apart, with hosts in each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from topologies.networks import Network
from topologies.ranges import check
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def wan(
    sites: int, hosts_per_site: int, bandwidth: float, latency: float, wan_bandwidth: float, wan_latency: float
) -> nx.Graph:
    """Return sites of hosts around one switch each, and a long link between every two sites.

    All messages from one site to another share one link, far slower and longer than those within a site: learning
    across datacentres, or across owners of data [1]_.

    Parameters
    ----------
    sites
        Number of sites, ``"site0"`` and so on, >= 1.
    hosts_per_site
        Hosts of each site, >= 1.
    bandwidth
        Bandwidth of each host's link in each direction (B/s), > 0 and finite.
    latency
        Latency of each host's link (s), >= 0 and finite.
    wan_bandwidth
        Bandwidth between two sites in each direction (B/s), > 0 and finite.
    wan_latency
        Latency between two sites (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``sites * hosts_per_site`` hosts, `sites` switches and
        ``sites * hosts_per_site + sites * (sites - 1) / 2`` links.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> G = wan(3, 2, bandwidth=1.25e9, latency=5e-6, wan_bandwidth=1.25e8, wan_latency=0.03)
    >>> list(G["site1"])
    [2, 3, 'site0', 'site2']

    References
    ----------
    .. [1] K. Hsieh et al., "Gaia: geo-distributed machine learning approaching LAN speeds", NSDI 2017, section 2.2.
    """
    check("sites", sites, "give the number of sites", at_least=1)
    check("hosts_per_site", hosts_per_site, "give the number of hosts of each site", at_least=1)
    check("bandwidth", bandwidth, "give the B/s of one host link and direction", above=0)
    check("latency", latency, "give the seconds of one host link", at_least=0)
    check("wan_bandwidth", wan_bandwidth, "give the B/s between two sites, in each direction", above=0)
    check("wan_latency", wan_latency, "give the seconds between two sites", at_least=0)
    inside = sites * hosts_per_site
    links = inside + sites * (sites - 1) // 2
    check_size(inside, sites, links, sites=sites, hosts_per_site=hosts_per_site)
    hosts = range(sites * hosts_per_site)
    graph = nx.Graph()
    graph.add_nodes_from(hosts, kind="host")
    graph.add_nodes_from((f"site{site}" for site in range(sites)), kind="switch")
    graph.add_edges_from(
        ((host, f"site{host // hosts_per_site}") for host in hosts),
        bandwidth=bandwidth,
        latency=latency,
        duplex="split",
    )
    graph.add_edges_from(
        ((f"site{one}", f"site{other}") for one, other in combinations(range(sites), 2)),
        bandwidth=wan_bandwidth,
        latency=wan_latency,
        duplex="split",
    )
    return graph


@dataclass
class WAN(Network):
    """Sites far apart: hosts around one switch in each, and a long, slow link between every two.

    Parameters
    ----------
    sites
        Number of sites, >= 1.
    hosts_per_site
        Hosts of each site, >= 1; None: as many as needed.
    bandwidth_gbps
        Bandwidth of each host's link in each direction (Gb/s), > 0.
    latency_us
        Latency of each host's link (us), >= 0.
    wan_bandwidth_gbps
        Bandwidth between two sites in each direction (Gb/s), > 0.
    wan_latency_us
        Latency between two sites, one way (us), >= 0.
    """

    sites: int = 4
    hosts_per_site: int | None = None
    bandwidth_gbps: float = 10.0
    latency_us: float = 5.0
    wan_bandwidth_gbps: float = 1.0
    wan_latency_us: float = 30000.0

    def __post_init__(self) -> None:
        check("sites", self.sites, "give the number of sites", at_least=1)
        check(
            "hosts_per_site",
            self.hosts_per_site,
            "give the number of hosts of each site, or null for as many as needed",
            at_least=1,
        )
        check(
            "bandwidth_gbps",
            self.bandwidth_gbps,
            "give the Gb/s of one link, or choose network=ideal for no limit",
            above=0,
        )
        check("latency_us", self.latency_us, "give the microseconds of one host's link", at_least=0)
        check("wan_bandwidth_gbps", self.wan_bandwidth_gbps, "give the Gb/s between two sites", above=0)
        check("wan_latency_us", self.wan_latency_us, "give the microseconds between two sites", at_least=0)

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of sites of `self.hosts_per_site` hosts, or of as many as needed; see `Network.graph`."""
        needed = -(-hosts // self.sites)
        hosts_per_site = needed if self.hosts_per_site is None else self.hosts_per_site
        if hosts_per_site < needed:
            raise TooFewHosts(
                "hosts_per_site",
                hosts,
                f"{self.sites} sites x {hosts_per_site} make "
                f"{self.sites * hosts_per_site}; give {needed} or more, or null for as many as needed",
            )
        return wan(
            self.sites,
            hosts_per_site,
            bytes_per_second(self.bandwidth_gbps),
            seconds(self.latency_us),
            wan_bandwidth=bytes_per_second(self.wan_bandwidth_gbps),
            wan_latency=seconds(self.wan_latency_us),
        )

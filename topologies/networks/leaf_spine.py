"""Two tiers of switches: hosts on leaves, every leaf on every spine."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.link import bundled, check_link_fields, check_nics
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def leaf_spine(
    leaves: int, spines: int, hosts_per_leaf: int, bandwidth: float, latency: float, uplink_bandwidth: float
) -> nx.Graph:
    """Return the two-tier folded Clos network of leaves and spines.

    Host ``h`` hangs on leaf ``h // hosts_per_leaf``; every leaf is linked to every spine, so that two hosts of
    different leaves have one shortest path of four links through each spine [1]_. The fabric is non-blocking if
    ``spines * uplink_bandwidth >= hosts_per_leaf * bandwidth``; the ratio of the right side to the left is its
    oversubscription.

    Parameters
    ----------
    leaves
        Number of leaf switches, ``"leaf0"`` and so on, >= 1.
    spines
        Number of spine switches, ``"spine0"`` and so on, >= 1.
    hosts_per_leaf
        Hosts on each leaf, >= 1.
    bandwidth
        Bandwidth of each host's link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link, of hosts and between switches (s), >= 0 and finite.
    uplink_bandwidth
        Bandwidth of each link between a leaf and a spine, in each direction (B/s), > 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``leaves * hosts_per_leaf`` hosts, ``leaves + spines`` switches and
        ``leaves * (hosts_per_leaf + spines)`` links.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> G = leaf_spine(2, 2, 3, bandwidth=1.25e9, latency=5e-6, uplink_bandwidth=2.5e9)
    >>> list(G)
    [0, 1, 2, 3, 4, 5, 'leaf0', 'leaf1', 'spine0', 'spine1']
    >>> list(G["leaf1"])
    [3, 4, 5, 'spine0', 'spine1']

    References
    ----------
    .. [1] M. Alizadeh and T. Edsall, "On the data path performance of leaf-spine datacenter fabrics", HOTI 2013.
    """
    check("leaves", leaves, "give the number of leaf switches", at_least=1)
    check("spines", spines, "give the number of spine switches", at_least=1)
    check("hosts_per_leaf", hosts_per_leaf, "give the number of hosts on each leaf", at_least=1)
    check("bandwidth", bandwidth, "give the B/s of one host link and direction", above=0)
    check("latency", latency, "give the seconds of one link", at_least=0)
    check("uplink_bandwidth", uplink_bandwidth, "give the B/s of one link from leaf to spine", above=0)
    check_size(
        leaves * hosts_per_leaf,
        leaves + spines,
        leaves * (hosts_per_leaf + spines),
        leaves=leaves,
        spines=spines,
        hosts_per_leaf=hosts_per_leaf,
    )
    graph = nx.Graph()
    graph.add_nodes_from(range(leaves * hosts_per_leaf), kind="host")
    graph.add_nodes_from((f"leaf{leaf}" for leaf in range(leaves)), kind="switch")
    graph.add_nodes_from((f"spine{spine}" for spine in range(spines)), kind="switch")
    graph.add_edges_from(
        ((host, f"leaf{host // hosts_per_leaf}") for host in range(leaves * hosts_per_leaf)),
        bandwidth=bandwidth,
        latency=latency,
        duplex="split",
    )
    graph.add_edges_from(
        ((f"leaf{leaf}", f"spine{spine}") for leaf in range(leaves) for spine in range(spines)),
        bandwidth=uplink_bandwidth,
        latency=latency,
        duplex="split",
    )
    return graph


@dataclass
class LeafSpine(Network):
    """Hosts on leaf switches, every leaf linked to every spine.

    Parameters
    ----------
    leaves
        Number of leaf switches, >= 1; None: as many as needed.
    spines
        Number of spine switches, >= 1: equal-cost routes between two leaves.
    hosts_per_leaf
        Hosts on each leaf, >= 1.
    bandwidth_gbps
        Bandwidth of each host's link in each direction (Gb/s), > 0.
    oversubscription
        Bandwidth of a leaf's hosts / bandwidth of its uplinks (ratio), > 0; 1: non-blocking. It sets the bandwidth of
        each uplink: ``hosts_per_leaf * bandwidth / (spines * oversubscription)``.
    latency_us
        Latency of each link (us), >= 0; a message between two leaves pays it four times.
    routing
        Which spine a message takes: ``ecmp`` (by hash of the pair) or ``shortest`` (the first, always).
    nics
        Network cards of each host, whose links carry its messages together, 1 to 64.
    """

    leaves: int | None = None
    spines: int = 4
    hosts_per_leaf: int = 16
    bandwidth_gbps: float = 10.0
    oversubscription: float = 1.0
    latency_us: float = 5.0
    routing: str = "ecmp"
    nics: int = 1

    def __post_init__(self) -> None:
        check("leaves", self.leaves, "give the number of leaf switches, or null for as many as needed", at_least=1)
        check("spines", self.spines, "give the number of spine switches", at_least=1)
        check("hosts_per_leaf", self.hosts_per_leaf, "give the number of hosts on each leaf", at_least=1)
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check(
            "oversubscription",
            self.oversubscription,
            "give 1 for a non-blocking network, 2 for half the uplinks",
            above=0,
        )
        check_choice("routing", self.routing, ("ecmp", "shortest"))
        check_nics(self.nics)

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.leaves` full leaves, or of as many as `hosts` fill; see `Network.graph`."""
        needed = -(-hosts // self.hosts_per_leaf)
        leaves = needed if self.leaves is None else self.leaves
        if leaves < needed:
            raise TooFewHosts(
                "leaves",
                hosts,
                f"{leaves} x {self.hosts_per_leaf} hosts per leaf "
                f"make {leaves * self.hosts_per_leaf}; give {needed} or more, or null for as many as needed",
            )
        bandwidth = self.nics * bytes_per_second(self.bandwidth_gbps)
        graph = leaf_spine(
            leaves,
            self.spines,
            self.hosts_per_leaf,
            bandwidth,
            seconds(self.latency_us),
            uplink_bandwidth=self.hosts_per_leaf * bandwidth / (self.spines * self.oversubscription),
        )
        graph.graph["routing"] = self.routing
        return bundled(graph, self.nics)

"""Switches linked at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

import networkx as nx

from topologies.field_error import FieldError
from topologies.link import check_link, check_link_fields
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.routing import Edge
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def random_regular(
    switches: int, degree: int, hosts_per_switch: int, bandwidth: float, latency: float, seed: int
) -> nx.Graph:
    """Return a random regular graph of switches with hosts on each: the Jellyfish network.

    Every switch is linked to `degree` others, chosen at random among all connected networks of that kind. Its paths are
    shorter than those of a fat tree of the same switches, so that it carries about a quarter more hosts [1]_.

    Parameters
    ----------
    switches
        Number of switches, above `degree`; even if `degree` is odd.
    degree
        Links of each switch to other switches, >= 2.
    hosts_per_switch
        Hosts on each switch, >= 1.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.
    seed
        Seed of the draw, >= 0: the same seed, the same network.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``switches * hosts_per_switch`` hosts, `switches` switches and
        ``switches * (hosts_per_switch + degree / 2)`` links.

    Raises
    ------
    FieldError
        If an argument is out of range, or no such graph exists.

    Examples
    --------
    >>> G = random_regular(6, 3, 2, bandwidth=1.25e9, latency=5e-6, seed=0)
    >>> G.number_of_edges(), G.degree["switch5"]
    (21, 5)

    References
    ----------
    .. [1] A. Singla, C.-Y. Hong, L. Popa and P. B. Godfrey, "Jellyfish: networking data centers randomly", NSDI 2012.
    """
    check("degree", degree, "give the number of links from each switch to others", at_least=2)
    check("hosts_per_switch", hosts_per_switch, "give the number of hosts on each switch", at_least=1)
    check_link(bandwidth, latency)
    check("seed", seed, "give a whole number", at_least=0)
    _check_switches(switches, degree)
    hosts = switches * hosts_per_switch
    links_in_all = hosts + switches * degree // 2
    check_size(hosts, switches, links_in_all, switches=switches, degree=degree, hosts_per_switch=hosts_per_switch)
    generator = random.Random(seed)
    wires = nx.random_regular_graph(degree, switches, seed=generator)
    while not nx.is_connected(wires):  # rare but for a degree of 2, and then still one in about sqrt(switches) draws
        wires = nx.random_regular_graph(degree, switches, seed=generator)
    graph = nx.Graph()
    graph.add_nodes_from(range(switches * hosts_per_switch), kind="host")
    graph.add_nodes_from((f"switch{switch}" for switch in range(switches)), kind="switch")
    links: list[Edge] = [(host, f"switch{host // hosts_per_switch}") for host in range(switches * hosts_per_switch)]
    links += [(f"switch{one}", f"switch{other}") for one, other in sorted(map(sorted, wires.edges))]
    graph.add_edges_from(links, bandwidth=bandwidth, latency=latency, duplex="split")
    return graph


def _check_switches(switches: int, degree: int) -> None:
    check("switches", switches, f"every switch is linked to {degree} others", at_least=degree + 1)
    if switches * degree % 2:
        raise FieldError(
            "switches", f"must be even where each is linked to {degree} others, got {switches}; try {switches + 1}"
        )


@dataclass
class RandomRegular(Network):
    """Switches linked at random, each to as many others, with hosts on each (Jellyfish).

    Parameters
    ----------
    switches
        Number of switches, above degree, and even if that is odd; None: as many as needed.
    degree
        Links of each switch to other switches, >= 2.
    hosts_per_switch
        Hosts on each switch, >= 1.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0.
    seed
        Seed of the links, >= 0: the network is the same in every replica.
    routing
        Which of the shortest routes a message takes: ecmp (by hash of the pair) or shortest (the first).
    """

    switches: int | None = None
    degree: int = 4
    hosts_per_switch: int = 4
    bandwidth_gbps: float = 10.0
    latency_us: float = 5.0
    seed: int = 0
    routing: str = "ecmp"

    def __post_init__(self) -> None:
        check("degree", self.degree, "give the number of links from each switch to others", at_least=2)
        check("hosts_per_switch", self.hosts_per_switch, "give the number of hosts on each switch", at_least=1)
        if self.switches is not None:
            _check_switches(self.switches, self.degree)
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check("seed", self.seed, "give a whole number", at_least=0)
        check_choice("routing", self.routing, ("ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.switches` switches, or of as many as `hosts` need; see `Network.graph`."""
        needed = max(-(-hosts // self.hosts_per_switch), self.degree + 1)
        needed += needed * self.degree % 2
        switches = needed if self.switches is None else self.switches
        if switches * self.hosts_per_switch < hosts:
            raise TooFewHosts(
                "switches",
                hosts,
                f"{switches} x {self.hosts_per_switch} hosts per switch "
                f"make {switches * self.hosts_per_switch}; give {needed} or more, or null for as many as needed",
            )
        graph = random_regular(
            switches,
            self.degree,
            self.hosts_per_switch,
            bytes_per_second(self.bandwidth_gbps),
            seconds(self.latency_us),
            self.seed,
        )
        graph.graph["routing"] = self.routing
        return graph

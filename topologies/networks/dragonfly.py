"""Groups of routers, every two groups joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from topologies.link import check_link, check_link_fields
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.routing import Edge
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def dragonfly(
    groups: int, routers_per_group: int, hosts_per_router: int, global_links: int, bandwidth: float, latency: float
) -> nx.Graph:
    """Return the dragonfly: groups of fully linked routers, and every two groups joined by global links.

    A group acts as one large router with ``routers_per_group * global_links`` global ports, which are dealt to the
    other groups in turn, as many to each: every pair of groups has ``a * h // (groups - 1)`` links (ports that are left
    over stay free), one if there are as many groups as possible [1]_. The ports of a group are counted router by
    router, and their links go to the other groups in ascending order (the consecutive arrangement [2]_). Where several
    of a pair's links meet the same two routers, they are one link of their joint bandwidth.

    Parameters
    ----------
    groups
        Number of groups, >= 1 and at most ``routers_per_group * global_links + 1``.
    routers_per_group
        Routers of each group, `a` in [1]_, >= 1.
    hosts_per_router
        Hosts on each router, `p` in [1]_, >= 1.
    global_links
        Global ports of each router, `h` in [1]_, >= 1. Balanced networks have ``a = 2 * p = 2 * h``.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``groups * routers_per_group * hosts_per_router`` hosts, of which each hangs on one router
        ``"router<group>.<number>"``. Routers carry their ``group``.

    Raises
    ------
    FieldError
        If an argument is out of range, or there are too many groups for every two to be joined.

    Examples
    --------
    >>> G = dragonfly(3, 2, 1, 1, bandwidth=1.25e9, latency=1e-6)
    >>> list(G["router0.0"]), list(G["router0.1"])
    ([0, 'router0.1', 'router1.0'], [1, 'router0.0', 'router2.0'])

    References
    ----------
    .. [1] J. Kim, W. J. Dally, S. Scott and D. Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA
       2008, section 3.
    .. [2] E. Hastings et al., "Comparing global link arrangements for dragonfly networks", IEEE Cluster 2015.
    """
    check("groups", groups, "give the number of groups", at_least=1)
    check("routers_per_group", routers_per_group, "give the number of routers in each group", at_least=1)
    check("hosts_per_router", hosts_per_router, "give the number of hosts on each router", at_least=1)
    check("global_links", global_links, "give the number of global links of each router", at_least=1)
    _check_groups(groups, routers_per_group, global_links)
    check_link(bandwidth, latency)
    count = groups * routers_per_group
    cables = _turns(groups, routers_per_group, global_links)
    check_size(
        count * hosts_per_router,
        count,
        count * hosts_per_router + count * (routers_per_group - 1) // 2 + cables * groups * (groups - 1) // 2,
        groups=groups,
        routers_per_group=routers_per_group,
        hosts_per_router=hosts_per_router,
        global_links=global_links,
    )
    routers = [(group, router) for group in range(groups) for router in range(routers_per_group)]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(routers) * hosts_per_router), kind="host")
    for group, router in routers:
        graph.add_node(f"router{group}.{router}", kind="switch", group=group)
    ports = [(group, router) for group, router in routers for _ in range(hosts_per_router)]
    links: list[Edge] = [(host, f"router{group}.{router}") for host, (group, router) in enumerate(ports)]
    links += [
        (f"router{group}.{one}", f"router{group}.{other}")
        for group in range(groups)
        for one, other in combinations(range(routers_per_group), 2)
    ]
    graph.add_edges_from(links, bandwidth=bandwidth, latency=latency, duplex="split")
    joint = _global_cables(groups, routers_per_group, global_links)
    for (one, other), count in joint.items():
        graph.add_edge(one, other, bandwidth=count * bandwidth, latency=latency, duplex="split")
    return graph


def _turns(groups: int, routers_per_group: int, global_links: int) -> int:
    """How many global links every two groups have."""
    return routers_per_group * global_links // (groups - 1) if groups > 1 else 0


def _global_cables(groups: int, routers_per_group: int, global_links: int) -> Counter[tuple[str, str]]:
    """How many global links join each two routers: in each turn, every group has one port for each other group."""
    cables: Counter[tuple[str, str]] = Counter()
    for turn in range(_turns(groups, routers_per_group, global_links)):
        for one, other in combinations(range(groups), 2):  # one < other, so `one` counts `other` without itself
            exit_, entry = (turn * (groups - 1) + place for place in (other - 1, one))
            cables[f"router{one}.{exit_ // global_links}", f"router{other}.{entry // global_links}"] += 1
    return cables


def _check_groups(groups: int, routers_per_group: int, global_links: int) -> None:
    check(
        "groups",
        groups,
        f"{routers_per_group} routers of {global_links} global links reach {routers_per_group * global_links} other "
        "groups; give more routers_per_group or global_links for more",
        at_most=routers_per_group * global_links + 1,
    )


@dataclass
class Dragonfly(Network):
    """Groups of fully linked routers, and every two groups joined by global links.

    Parameters
    ----------
    groups
        Number of groups, 1 to routers_per_group * global_links + 1; None: as many as needed. Fewer groups have more
        links to each other.
    routers_per_group
        Routers of each group, >= 1.
    hosts_per_router
        Hosts on each router, >= 1.
    global_links
        Links of each router to other groups, >= 1. Balanced networks have ``routers_per_group / 2`` of them and as many
        hosts.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0; paid up to five times between groups, with valiant seven times.
    routing
        minimal (directly to the group), valiant (by way of a random third group), ecmp or shortest. The group is the
        target's, the third one is drawn by hash of the pair. Of all shortest routes ``ecmp`` takes one by hash of the
        pair, ``shortest`` the first.
    """

    groups: int | None = None
    routers_per_group: int = 8
    hosts_per_router: int = 4
    global_links: int = 4
    bandwidth_gbps: float = 100.0
    latency_us: float = 1.0
    routing: str = "minimal"

    def __post_init__(self) -> None:
        check("groups", self.groups, "give the number of groups, or null for as many as needed", at_least=1)
        check("routers_per_group", self.routers_per_group, "give the number of routers in each group", at_least=1)
        check("hosts_per_router", self.hosts_per_router, "give the number of hosts on each router", at_least=1)
        check("global_links", self.global_links, "give the number of global links of each router", at_least=1)
        if self.groups is not None:
            _check_groups(self.groups, self.routers_per_group, self.global_links)
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check_choice("routing", self.routing, ("minimal", "valiant", "ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.groups` full groups, or of as many as `hosts` fill; see `Network.graph`."""
        size = self.routers_per_group * self.hosts_per_router
        most = self.routers_per_group * self.global_links + 1
        needed = -(-hosts // size)
        if needed > most:
            raise TooFewHosts(
                "routers_per_group",
                hosts,
                f"at most {most} groups of {size} hosts can be "
                "joined; give more routers_per_group, hosts_per_router or global_links",
            )
        groups = needed if self.groups is None else self.groups
        if groups < needed:
            raise TooFewHosts(
                "groups",
                hosts,
                f"{groups} x {size} hosts per group make {groups * size}; "
                f"give {needed} or more, or null for as many as needed",
            )
        graph = dragonfly(
            groups,
            self.routers_per_group,
            self.hosts_per_router,
            self.global_links,
            bytes_per_second(self.bandwidth_gbps),
            seconds(self.latency_us),
        )
        graph.graph["routing"] = self.routing
        return graph

"""A grid of hosts in any number of dimensions that closes on itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from topologies.field_error import FieldError
from topologies.link import check_link, check_link_fields
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def torus(shape: Sequence[int], bandwidth: float, latency: float) -> nx.Graph:
    """Return the torus: a grid of hosts in which each dimension is closed to a ring.

    A direct network: each host is linked to the next and the previous one in every dimension, and forwards what is not
    meant for it. A dimension of 2 joins its two hosts by one link, a dimension of 1 by none. Hosts are numbered row by
    row: the last coordinate counts fastest. TPU pods and many supercomputers are tori [1]_.

    Parameters
    ----------
    shape
        Hosts along each dimension, each >= 1.
    bandwidth
        Bandwidth of each link in each direction (B/s), > 0 and finite.
    latency
        Latency of each link (s), >= 0 and finite.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``prod(shape)`` hosts, without switches. Each dimension of size ``n > 2`` has ``prod(shape)``
        links, of size 2 half of them. The nodes carry their ``coordinates``, the graph its ``shape``.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> G = torus([3, 2], bandwidth=1.25e9, latency=1e-6)
    >>> G.nodes[5]
    {'kind': 'host', 'coordinates': (2, 1)}
    >>> sorted(G[5])
    [1, 3, 4]

    References
    ----------
    .. [1] N. R. Adiga et al., "Blue Gene/L torus interconnection network", IBM Journal of Research and Development 49,
       2005.
    """
    _check_shape(shape, "give the hosts along each dimension")
    check_link(bandwidth, latency)
    hosts = math.prod(shape)
    check_size(hosts, 0, sum(hosts if size > 2 else hosts // 2 for size in shape if size > 1), shape=hosts)
    places = list(itertools.product(*(range(size) for size in shape)))
    number = {coordinates: host for host, coordinates in enumerate(places)}
    graph = nx.Graph(shape=tuple(shape))
    graph.add_nodes_from((host, {"kind": "host", "coordinates": at}) for at, host in number.items())
    for axis, size in enumerate(shape):
        if size > 1:
            following = ((*at[:axis], (at[axis] + 1) % size, *at[axis + 1 :]) for at in places)
            graph.add_edges_from(
                ((number[at], number[after]) for at, after in zip(places, following, strict=True)),
                bandwidth=bandwidth,
                latency=latency,
                duplex="split",
            )
    return graph


def _check_shape(shape: Sequence[int], remedy: str) -> None:
    if not shape:
        raise FieldError("shape", f"must have a dimension, got none; {remedy}")
    for size in shape:
        check("shape", size, remedy, at_least=1)


@dataclass
class Torus(Network):
    """A grid of hosts in any number of dimensions, each closed to a ring; hosts forward each other's messages.

    Parameters
    ----------
    shape
        Hosts along each dimension, >= 1, e.g. [4,4,8]; None: the smallest nearly square one of two. That is the
        smallest with enough hosts.
    bandwidth_gbps
        Bandwidth of each link in each direction (Gb/s), > 0.
    latency_us
        Latency of each link (us), >= 0.
    routing
        dimension_order, ecmp (by hash of the pair, of all shortest routes) or shortest (the first). In dimension order
        a message goes along one dimension after the other.
    """

    shape: list[int] | None = None
    bandwidth_gbps: float = 100.0
    latency_us: float = 1.0
    routing: str = "dimension_order"

    def __post_init__(self) -> None:
        if self.shape is not None:
            _check_shape(self.shape, "give the hosts along each dimension, or null for the smallest square torus")
        check_link_fields(self.bandwidth_gbps, self.latency_us)
        check_choice("routing", self.routing, ("dimension_order", "ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of the torus of `self.shape`, or of one for `hosts` hosts; see `Network.graph`."""
        width = math.isqrt(hosts - 1) + 1
        shape = [width, -(-hosts // width)] if self.shape is None else list(self.shape)
        if math.prod(shape) < hosts:
            raise TooFewHosts(
                "shape",
                hosts,
                f"a torus of {' x '.join(map(str, shape))} has "
                f"{math.prod(shape)}; give a larger one, or null for the smallest square one that is enough",
            )
        graph = torus(shape, bytes_per_second(self.bandwidth_gbps), seconds(self.latency_us))
        graph.graph["routing"] = self.routing
        return graph

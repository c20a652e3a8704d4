"""Whether every host reaches every other one."""

from __future__ import annotations

import networkx as nx

from topologies.field_error import FieldError


def check_connected(graph: nx.Graph) -> None:
    """Refuse a network in which two hosts cannot reach each other; one search there and one back, no routes.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`), directed or not.

    Raises
    ------
    FieldError
        ``links: no path joins host <one> to host <other>; link their parts of the network``, for the first host that
        host 0 does not reach or that does not reach host 0.

    Examples
    --------
    >>> from topologies.networks.single_switch import single_switch
    >>> network = single_switch(3, bandwidth=1.25e9, latency=5e-6)
    >>> check_connected(network)
    >>> network.remove_edge(2, "switch")
    >>> check_connected(network)
    Traceback (most recent call last):
    topologies.field_error.FieldError: links: no path joins host 0 to host 2; link their parts of the network
    """
    hosts = [node for node, kind in graph.nodes(data="kind") if kind == "host"]
    if not hosts:
        return
    first = hosts[0]
    reached = nx.descendants(graph, first) | {first}
    reaching = nx.ancestors(graph, first) | {first} if graph.is_directed() else reached
    for host in hosts:
        if host not in reached:
            raise no_path(graph, first, host)
        if host not in reaching:
            raise no_path(graph, host, first)


def no_path(graph: nx.Graph, source: int, target: int) -> FieldError:
    """The mistake that no path joins two hosts, under their own names where they have any."""
    one, other = (graph.nodes[host].get("name", host) for host in (source, target))
    return FieldError("links", f"no path joins host {one} to host {other}; link their parts of the network")

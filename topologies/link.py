"""What every link has: the range checks of its bandwidth and latency, and the cards that it is plugged into."""

from __future__ import annotations

import networkx as nx

from topologies.ranges import check


def check_link(bandwidth: float, latency: float) -> None:
    """Refuse a link that no network has, in SI units.

    Parameters
    ----------
    bandwidth
        In each direction (B/s), > 0 and finite.
    latency
        In seconds, >= 0 and finite.

    Raises
    ------
    FieldError
        If one is out of range.
    """
    check("bandwidth", bandwidth, "give the B/s of one link and direction", above=0)
    check("latency", latency, "give the seconds of one link", at_least=0)


def check_link_fields(bandwidth_gbps: float, latency_us: float) -> None:
    """Refuse a link that no network has, in the units of config fields.

    Parameters
    ----------
    bandwidth_gbps
        In each direction (Gb/s), > 0 and finite.
    latency_us
        In microseconds, >= 0 and finite.

    Raises
    ------
    FieldError
        If one is out of range.
    """
    check("bandwidth_gbps", bandwidth_gbps, "give the Gb/s of one link, or choose network=ideal for no limit", above=0)
    check("latency_us", latency_us, "give the microseconds of one link", at_least=0)


def check_nics(nics: int) -> None:
    """Refuse a number of network cards that no host has.

    Raises
    ------
    FieldError
        If it is none, or more than 64.
    """
    check("nics", nics, "give the network cards of a host", at_least=1, at_most=64)


def bundled(graph: nx.Graph, nics: int) -> nx.Graph:
    """Say of every link of a host that it is a bundle, of as many links as the host has cards; return the graph.

    Parameters
    ----------
    graph
        Annotated graph, in which a link already has the bandwidth of all of its bundle.
    nics
        Network cards of a host, >= 1.
    """
    if nics > 1:
        for one, other, link in graph.edges(data=True):
            if "host" in (graph.nodes[one]["kind"], graph.nodes[other]["kind"]):
                link["cards"] = nics
    return graph

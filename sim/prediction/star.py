"""Hosts that all hang on one switch alike: there what a step sends has closed forms."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sim.collectives.operations.route import Route
from topologies.machines import Cards

if TYPE_CHECKING:
    import networkx as nx

    from sim.transports import Transport


def route_of(graph: nx.Graph | None, hosts: Collection[int], transport: Transport) -> Route | None:
    """The way from any host to any other; None where these are not all alike.

    Parameters
    ----------
    graph
        Annotated graph of the network; None of an ideal one.
    hosts
        Hosts that send and receive.
    transport
        What it makes of the wires.
    """
    if graph is None:
        return Route(transport.overhead_seconds, cap=transport.flow_cap)
    if graph.is_directed() or any(len(graph.adj[host]) != 1 for host in hosts):
        return None
    cards, ends = Cards(graph), set()
    for host in hosts:
        ((other, link),) = graph.adj[host].items()
        inside = link.get("inside", False)
        payload = transport.payload(link["bandwidth"], inside=inside, cards=cards.of((host, other)))
        alone = graph.nodes[other]["kind"] == "switch" and link["duplex"] == "split"
        ends.add((other, payload, link["latency"], inside, alone))
    if len(ends) > 1 or not all(alone for *_, alone in ends):
        return None
    ((_, payload, latency, inside, _),) = ends
    if inside:
        return Route(2.0 * latency, payload)
    return Route(2.0 * latency + transport.overhead_seconds, payload, transport.flow_cap)

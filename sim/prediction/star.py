"""Hosts that all hang on one switch alike: there what a step sends has closed forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.collectives import NoClosedFormError
from sim.collectives.operations.route import Route
from sim.option_name import option_name
from topologies.machines import Cards

if TYPE_CHECKING:
    import networkx as nx

    from sim.cluster.blueprint import Blueprint
    from sim.connections.connection import Deployment

#: What to do where there is none.
REMEDY = "use network=single_switch or network=ideal, or simulate it"


def route_of(blueprint: Blueprint, deployment: Deployment) -> Route:
    """The way from anybody to anybody else.

    Parameters
    ----------
    blueprint
        The cluster.
    deployment
        Where everybody lives.

    Raises
    ------
    NoClosedFormError
        If two ways differ, or workers share a host.
    """
    transport, graph = blueprint.experiment.transport, deployment.graph
    if len(set(deployment.workers)) < len(deployment.workers):
        raise NoClosedFormError(
            "placement", "puts several workers on a host; give each its own, or simulate it", full=True
        )
    if graph is None:
        return Route(transport.overhead_seconds, math.inf, transport.flow_cap)
    cards = Cards(graph)
    kinds = {_end(blueprint, graph, cards, host) for host in {*deployment.workers, *deployment.servers}}
    if len(kinds) > 1:
        raise _unlike(blueprint)
    _, bandwidth, latency, inside = kinds.pop()
    if inside:
        return Route(2.0 * latency, bandwidth)
    return Route(2.0 * latency + transport.overhead_seconds, bandwidth, transport.flow_cap)


def _end(blueprint: Blueprint, graph: nx.Graph, cards: Cards, host: int) -> tuple[object, float, float, bool]:
    """A host's one link: to which switch, what it has for payload (B/s), its latency (s), and if it stays inside."""
    links = list(graph.adj[host].items())
    if graph.is_directed() or len(links) != 1:
        raise _unlike(blueprint)
    ((other, link),) = links
    if graph.nodes[other]["kind"] != "switch" or link["duplex"] != "split":
        raise _unlike(blueprint)
    inside = link.get("inside", False)
    payload = blueprint.experiment.transport.payload(link["bandwidth"], inside=inside, cards=cards.of((host, other)))
    return other, payload, link["latency"], inside


def _unlike(blueprint: Blueprint) -> NoClosedFormError:
    name = option_name(blueprint.experiment.network)
    said = f"on {name} the ways between hosts are not all alike; {REMEDY}"
    return NoClosedFormError("network", said, full=True)

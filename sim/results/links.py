"""What every link of the network carried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx

from sim.cluster.outcome import Outcome
from sim.connections.connection import Deployment
from sim.results.rows import Link
from topologies.routing import Edge, Node


def links(outcome: Outcome) -> list[Link]:
    """The links of a cluster that has run, in the order of its graph; none on an ideal network.

    A link with ``duplex="split"`` is two rows, one in each direction; one with ``duplex="shared"`` is a single row, and
    so is each arc of a directed graph. What was under way when the run ended counts as far as it
    had come, and so do random flows of the background; its constant load does not.
    """
    deployment = outcome.blueprint.deployment(outcome.seed)
    graph = deployment.graph
    if graph is None:
        return []
    seconds = outcome.clock.seconds
    names = {node: str(name or node) for node, name in graph.nodes(data="name")}
    kinds = _kinds(deployment, graph)
    return [
        Link(
            names[source],
            names[target],
            kinds[source],
            kinds[target],
            duplex,
            bandwidth_gbps=bandwidth * 8 / 1e9,
            bytes=nbytes,
            utilisation=nbytes / (bandwidth * seconds) if seconds else 0.0,
        )
        for (source, target), duplex, bandwidth, nbytes in _resources(graph, outcome.clock.carried)
    ]


def _kinds(deployment: Deployment, graph: nx.Graph) -> dict[Node, str]:
    """What each node is: a switch, or a host with what lives there."""
    kinds = dict(graph.nodes(data="kind"))
    kinds |= dict.fromkeys(deployment.workers, "worker")
    for host in deployment.servers:
        kinds[host] = "worker+server" if kinds[host].startswith("worker") else "server"
    return kinds


def _resources(graph: nx.Graph, carried: Mapping[Edge, float]) -> Iterator[tuple[Edge, str, float, float]]:
    """Each resource: the edge it is named after, its duplex, its line rate (B/s) and the bytes it carried."""
    for one, other, link in graph.edges(data=True):
        duplex, bandwidth = str(link.get("duplex", "split")), float(link["bandwidth"])
        if graph.is_directed():
            yield (one, other), duplex, bandwidth, carried[one, other]
        elif duplex == "shared":
            yield (one, other), duplex, bandwidth, carried[one, other] + carried[other, one]
        else:
            yield (one, other), duplex, bandwidth, carried[one, other]
            yield (other, one), duplex, bandwidth, carried[other, one]

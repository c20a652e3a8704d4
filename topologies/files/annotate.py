"""The annotated graph of what a file describes."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

import networkx as nx

from topologies.files import Drawing, Link
from topologies.routing import Node
from topologies.units import bytes_per_second, seconds

Names: TypeAlias = dict[int | str, Node]  # what the file calls a node -> what the graph does


def annotate(drawing: Drawing) -> nx.Graph:
    """Make the annotated graph of a drawing, in which nothing is taken on trust.

    Parameters
    ----------
    drawing
        What a file says. Nodes without a ``kind`` are hosts. Hosts are numbered in the order in which they appear,
        unless their names are the numbers ``0 .. H-1`` themselves, and keep their name in the file as the attribute
        ``name``.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        Annotated graph; with the file's routes, if it lists any, as the graph's ``routes`` (see
        `topologies.routing.explicit`).

    Raises
    ------
    ValueError
        What is wrong with which node, link or route, without the file's name.
    """
    graph = nx.DiGraph() if drawing.directed else nx.Graph()
    names = _add_nodes(graph, drawing)
    for link in drawing.links:
        _add_link(graph, link, names)
    if drawing.routes:
        graph.graph["routes"] = _routes(graph, drawing, names)
    return graph


def _add_nodes(graph: nx.Graph, drawing: Drawing) -> Names:
    hosts: list[int | str] = []
    switches: list[int | str] = []
    seen: set[str] = set()
    for name, kind in drawing.nodes:
        if isinstance(name, bool) or not isinstance(name, int | str):
            raise ValueError(f"a node's id must be a word or a whole number, got {name!r}")
        if str(name) in seen:
            raise ValueError(f"node {name!r} appears twice")
        if kind not in (None, "host", "switch"):
            raise ValueError(f"node {name!r}: kind must be host or switch, got {kind!r}")
        seen.add(str(name))
        (switches if kind == "switch" else hosts).append(name)
    if not hosts:
        raise ValueError("has no host; give nodes without a kind, or of the kind host")
    if set(hosts) == set(range(len(hosts))):
        hosts = list(range(len(hosts)))
    graph.add_nodes_from((number, {"kind": "host", "name": str(name)}) for number, name in enumerate(hosts))
    graph.add_nodes_from(map(str, switches), kind="switch")
    return {name: number for number, name in enumerate(hosts)} | {name: str(name) for name in switches}


def _add_link(graph: nx.Graph, link: Link, names: Names) -> None:
    arrow = "->" if graph.is_directed() else "-"
    what = f"edge {link.source!r}{arrow}{link.target!r}"
    one, other = (_node(end, names, what) for end in (link.source, link.target))
    if one == other:
        raise ValueError(f"{what} is a self-loop; remove it")
    if graph.has_edge(one, other):
        raise ValueError(f"{what} is there twice; give one link of the joint bandwidth")
    bandwidth = _number(link.bandwidth_gbps, f"{what}: bandwidth_gbps", "give the Gb/s of the link")
    latency = _number(link.latency_us, f"{what}: latency_us", "give the microseconds of the link")
    if not 0.0 < bytes_per_second(bandwidth) < math.inf:
        raise ValueError(
            f"{what}: bandwidth_gbps must be above 0 and finite, got {bandwidth}; give the Gb/s of the link"
        )
    if not 0.0 <= latency < math.inf:
        raise ValueError(
            f"{what}: latency_us must be at least 0 and finite, got {latency}; give the microseconds of the link"
        )
    graph.add_edge(one, other, bandwidth=bytes_per_second(bandwidth), latency=seconds(latency))
    if link.inside not in (None, False, True):
        raise ValueError(f"{what}: inside must be true or false, got {link.inside!r}; say whether it is in a machine")
    if link.inside:
        graph.edges[one, other]["inside"] = True
    if not graph.is_directed():
        if link.duplex not in (None, "split", "shared"):
            raise ValueError(f"{what}: duplex must be split or shared, got {link.duplex!r}")
        graph.edges[one, other]["duplex"] = link.duplex or "split"
    elif link.duplex not in (None, "split"):
        raise ValueError(
            f"{what}: duplex must be split, as in a directed graph each direction has its own edge, got {link.duplex!r}"
        )


def _node(name: object, names: Names, what: str) -> Node:
    if isinstance(name, bool) or not isinstance(name, int | str) or name not in names:
        raise ValueError(f"{what}: there is no node {name!r}")
    return names[name]


def _number(value: object, what: str, remedy: str) -> float:
    if value is None:
        raise ValueError(f"{what} is missing; {remedy}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} must be a number, got {value!r}; {remedy}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _routes(graph: nx.Graph, drawing: Drawing, names: Names) -> dict[tuple[Node, Node], list[Node]]:
    routes: dict[tuple[Node, Node], list[Node]] = {}
    for given in drawing.routes:
        what = f"route {given!r}"
        if not isinstance(given, list) or len(given) < 2:
            raise ValueError(f"{what} must be a list of two nodes or more")
        nodes = [_node(name, names, what) for name in given]
        if any(graph.nodes[end]["kind"] == "switch" for end in (nodes[0], nodes[-1])):
            raise ValueError(f"{what} must lead from a host to a host")
        if len(set(nodes)) < len(nodes):
            raise ValueError(f"{what} passes a node twice")
        for one, other in pairwise(given):
            if not graph.has_edge(names[one], names[other]):
                raise ValueError(f"{what}: no edge leads from {one!r} to {other!r}")
        if (nodes[0], nodes[-1]) in routes:
            raise ValueError(f"{what} is the second one from {given[0]!r} to {given[-1]!r}")
        routes[nodes[0], nodes[-1]] = nodes
    return routes
